import type { Activity, JobInfo, StartJob } from "./messages";
import { call } from "./socket";

/** What a job is given beyond its activity and its meter. */
export type JobParameters = Partial<Omit<StartJob, "activity" | "serial">>;

const NONE: Required<JobParameters> = {
  order: null,
  first: null,
  last: null,
  info: false,
  reason: null,
  profile: null,
  set_clock: false,
  far_off: false,
};

export function startJob(activity: Activity, serial: string, parameters: JobParameters = {}): Promise<JobInfo> {
  return call("job.start", { activity, serial, ...NONE, ...parameters });
}
