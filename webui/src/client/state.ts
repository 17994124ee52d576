import { batch, signal } from "@preact/signals";
import type {
  AgentInfo,
  JobInfo,
  LinkState,
  LogLine,
  OrderInfo,
  PageState,
  Snapshot,
  StateChange,
  StepInfo,
  SyncInfo,
  UserInfo,
} from "./messages";
import { stepsAfter } from "./progress";

const LOG_LINES_KEPT = 500;

/** The page's copy of the agent's state. Only this file writes it. */
export const agent = signal<AgentInfo | null>(null);
export const user = signal<UserInfo | null>(null);
export const link = signal<LinkState>({
  state: "idle",
  probe: null,
  found: [],
  led: null,
  external_probe: false,
  simulated: false,
  error: null,
});
/** The job under way, or the last one. */
export const job = signal<JobInfo | null>(null);
/** The steps that `job` has begun; on a page that was opened in the middle, those before are missing. */
export const steps = signal<StepInfo[]>([]);
export const log = signal<LogLine[]>([]);
export const pending = signal<JobInfo[]>([]);
/** Work orders that this tablet has claimed. */
export const orders = signal<OrderInfo[]>([]);
export const sync = signal<SyncInfo>({
  online: null,
  password_needed: false,
  running: false,
  done: 0,
  total: 0,
  waiting: 0,
  refused: 0,
  meters: 0,
  last_at: null,
  drift_s: null,
  clock: null,
  error: null,
  notices: [],
});

let seq = 0;

export function applySnapshot(snapshot: Snapshot): void {
  seq = snapshot.seq;
  const state: PageState = snapshot.state;
  batch(() => {
    agent.value = state.agent;
    user.value = state.user;
    link.value = state.link;
    showJob(state.job);
    log.value = state.log;
    pending.value = state.pending;
    orders.value = state.orders;
    sync.value = state.sync;
  });
}

/** Applies the next change. False: one before it is missing, and a new snapshot is needed. */
export function applyChange(change: StateChange): boolean {
  if (change.seq <= seq) return true;
  if (change.seq !== seq + 1) return false;
  seq = change.seq;
  switch (change.part) {
    case "user":
      user.value = change.value;
      break;
    case "link":
      link.value = change.value;
      break;
    case "job":
      batch(() => showJob(change.value));
      break;
    case "log":
      log.value = [...(change.reset ? [] : log.value), ...change.lines].slice(-LOG_LINES_KEPT);
      break;
    case "pending":
      pending.value = change.value;
      break;
    case "orders":
      orders.value = change.value;
      break;
    case "sync":
      sync.value = change.value;
      break;
  }
  return true;
}

function showJob(now: JobInfo | null): void {
  steps.value = stepsAfter(steps.peek(), job.peek(), now);
  job.value = now;
}
