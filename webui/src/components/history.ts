import { type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JobInfo } from "../client/messages";
import { call } from "../client/socket";
import { pending, sync } from "../client/state";

/** Jobs that are over, newest first, as of the last request: the beginning, and what was asked for further. */
export const history = signal<JobInfo[]>([]);
export const historyGoesOn = signal(false);

/** What follows the pending jobs of the agent's state, as far as it was asked for. */
export const furtherPending = signal<JobInfo[]>([]);
export const pendingGoesOn = signal(false);

/** The agent tells so many of a list by itself. */
const TOLD = 50;

/** Asks for the history, now and whenever the pending jobs change. */
export function useHistory(): void {
  const waiting = pending.value;
  useEffect(() => void ask("job.history", history, historyGoesOn, null), [waiting]);
}

/** Begins the list of pending jobs anew whenever it changes; without what was received since. */
export function usePending(): JobInfo[] {
  const first = pending.value;
  useEffect(() => {
    furtherPending.value = [];
    pendingGoesOn.value = first.length >= TOLD;
  }, [first, sync.value.last_at]);
  return [...first, ...furtherPending.value];
}

export function moreHistory(): Promise<void> {
  return ask("job.history", history, historyGoesOn, history.value.at(-1) ?? null);
}

export function morePending(): Promise<void> {
  return ask("job.pending", furtherPending, pendingGoesOn, furtherPending.value.at(-1) ?? pending.value.at(-1) ?? null);
}

/** Asks for what comes after a job, or for the beginning; a list that changed meanwhile begins anew by itself. */
async function ask(
  method: "job.history" | "job.pending",
  list: Signal<JobInfo[]>,
  goesOn: Signal<boolean>,
  after: JobInfo | null,
): Promise<void> {
  const before = list.value;
  try {
    const answer = await call(method, { after: after?.id ?? null });
    if (after && list.value !== before) return;
    list.value = after ? [...before, ...answer.jobs] : answer.jobs;
    goesOn.value = answer.more;
  } catch {
    goesOn.value = false;
  }
}
