import type { JobInfo } from "../client/messages";
import { call } from "../client/socket";
import { go, watched } from "../places";
import { type Action, useAction } from "./action";

interface Way extends Action {
  press: () => void;
}

/** CHECK METER: finds out what became of a change. It only reads. */
export function useCheck(job: JobInfo): Way {
  return useWay(() => call("job.recover", { job: job.id }));
}

/** RESUME: a load profile goes on from its last whole row. */
export function useResume(job: JobInfo): Way {
  return useWay(() => call("job.resume", { job: job.id }));
}

function useWay(begin: () => Promise<JobInfo>): Way {
  const action = useAction();
  const press = () =>
    void action.run(async () => {
      watched.value = (await begin()).id;
      go("trabajo");
    });
  return { ...action, press };
}
