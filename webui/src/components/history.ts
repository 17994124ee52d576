import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JobInfo } from "../client/messages";
import { call } from "../client/socket";
import { pending } from "../client/state";

/** Jobs that are over, newest first, as last asked for. */
export const history = signal<JobInfo[]>([]);

/** Asks for the history now and whenever a job leaves or joins what waits. */
export function useHistory(): void {
  const waiting = pending.value;
  useEffect(() => {
    call("job.history").then(
      (answer) => (history.value = answer.jobs),
      () => undefined,
    );
  }, [waiting]);
}
