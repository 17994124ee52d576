import { batch, signal } from "@preact/signals";
import type {
  AgentInfo,
  StateChange,
  JobInfo,
  LinkState,
  LogLine,
  OrderInfo,
  Snapshot,
  PageState,
  SyncInfo,
  UserInfo,
} from "./messages";

const LOG_LINES_KEPT = 2000;

/** Mirrors of the agent's state. Only this file writes them. */
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
export const job = signal<JobInfo | null>(null);
export const log = signal<LogLine[]>([]);
export const pending = signal<JobInfo[]>([]);
/** Work orders that this tablet has claimed. */
export const orders = signal<OrderInfo[]>([]);
export const sync = signal<SyncInfo>({
  online: null,
  running: false,
  done: 0,
  total: 0,
  waiting: 0,
  refused: 0,
  meters: 0,
  last_at: null,
  drift_s: null,
  error: null,
});

let seq = 0;

export function applySnapshot(snapshot: Snapshot): void {
  seq = snapshot.seq;
  const state: PageState = snapshot.state;
  batch(() => {
    agent.value = state.agent;
    user.value = state.user;
    link.value = state.link;
    job.value = state.job;
    log.value = state.log;
    pending.value = state.pending;
    orders.value = state.orders;
    sync.value = state.sync;
  });
}

/** Applies the next change. False means that one before it is missing: a snapshot is needed. */
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
      job.value = change.value;
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
