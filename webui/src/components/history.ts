import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JobInfo } from "../client/messages";
import { call } from "../client/socket";
import { pending } from "../client/state";

/** Jobs that are over, newest first, as of the last request. */
export const history = signal<JobInfo[]>([]);

/** Asks for the history, now and whenever the pending jobs change. */
export function useHistory(): void {
  const waiting = pending.value;
  useEffect(() => {
    call("job.history").then(
      (answer) => (history.value = answer.jobs),
      () => undefined,
    );
  }, [waiting]);
}
