import type { Activity, JobInfo, StartJob } from "./messages";
import { call } from "./socket";

/** What a job asks for beyond its activity and its meter. */
export type Wish = Partial<Omit<StartJob, "activity" | "serial">>;

const NOTHING: Required<Wish> = {
  order: null,
  first: null,
  last: null,
  info: false,
  reason: null,
  profile: null,
  set_clock: false,
  far_off: false,
};

export function startJob(activity: Activity, serial: string, wish: Wish = {}): Promise<JobInfo> {
  return call("job.start", { activity, serial, ...NOTHING, ...wish });
}
