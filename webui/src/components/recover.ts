import type { JobInfo } from "../client/messages";
import { call } from "../client/socket";
import { watch } from "../places";
import { type Action, useAction } from "./action";

interface JobAction extends Action {
  press: () => void;
}

/** CHECK METER: finds out at the meter what became of a change. It only reads. */
export function useCheck(job: JobInfo): JobAction {
  return useJobAction(() => call("job.recover", { job: job.id }));
}

/** RESUME: fetches the rest of a load profile, from its last whole row on. */
export function useResume(job: JobInfo): JobAction {
  return useJobAction(() => call("job.resume", { job: job.id }));
}

function useJobAction(begin: () => Promise<JobInfo>): JobAction {
  const action = useAction();
  const press = () => void action.run(async () => watch(await begin()));
  return { ...action, press };
}
