// Generated from agent/api/messages.py by `python -m agent.api.typescript`. Do not edit.

export type Activity = "reading" | "disconnect" | "reconnect" | "prepay-config" | "credit-read" | "credit-charge" | "change" | "load-profile" | "instant" | "events" | "clock";

/** `available` is false for what is made in SMM only, or is not built yet; `reason` is an error code. */
export interface ActivityInfo {
  activity: Activity;
  title: string;
  available: boolean;
  reason: string | null;
}

export interface AgentInfo {
  version: string;
  demo: boolean;
  csv_folder: string;
  activities: ActivityInfo[];
}

export interface ConnectProbe {
  address: string;
}

/** `code` names the words in `domain/words`, `params` fill their blanks. */
export interface ErrorInfo {
  code: string;
  params: Record<string, string | number>;
  retryable: boolean;
}

export interface JobChange {
  seq: number;
  part: "job";
  value: JobInfo | null;
}

export interface JobId {
  job: string;
}

/** `done` and `failed` are settled: saved on disk with their outbox row. `outbox` is none until the job is settled; `outbox_error` says why SMM refused it. */
export interface JobInfo {
  id: string;
  activity: Activity;
  serial: string;
  state: "queued" | "running" | "done" | "failed" | "interrupted";
  step: StepInfo | null;
  /** UTC, ISO 8601 */
  created_at: string;
  ended_at: string | null;
  user: string;
  error: ErrorInfo | null;
  outbox: "waiting" | "refused" | "received" | null;
  outbox_error: ErrorInfo | null;
  received_at: string | null;
}

export interface JobList {
  jobs: JobInfo[];
}

/** A settled job as its pop-up shows it; `csv` is the file's text, `csv_name` its name. */
export interface JobView {
  job: JobInfo;
  result: ReadingView | null;
  csv: string | null;
  csv_name: string | null;
}

export interface LinkChange {
  seq: number;
  part: "link";
  value: LinkState;
}

/** State of the Bird: `off` Bluetooth cannot be used (see error), `idle`, `scanning`, `connecting`, `connected` (LED green), `lost` (was connected; see error). */
export interface LinkState {
  state: "off" | "idle" | "scanning" | "connecting" | "connected" | "lost";
  probe: Probe | null;
  found: Probe[];
  external_probe: boolean;
  /** the radio is a virtual one */
  simulated: boolean;
  error: ErrorInfo | null;
}

/** A new job empties the log: `reset`. Lines are appended. */
export interface LogChange {
  seq: number;
  part: "log";
  reset: boolean;
  lines: LogLine[];
}

/** A line of the communication log, e.g. `- readserial 1/7`. `expert` lines are frames and APDUs. */
export interface LogLine {
  /** UTC, ISO 8601 */
  at: string;
  text: string;
  expert: boolean;
}

export interface Login {
  username: string;
  password: string;
}

export type Nothing = Record<string, never>;

export interface PendingChange {
  seq: number;
  part: "pending";
  value: JobInfo[];
}

/** One Bluetooth device in the list. `signal` is smoothed RSSI in dBm, none while it is silent. */
export interface Probe {
  address: string;
  name: string | null;
  signal: number | null;
  /** used on this tablet before, or paired */
  known: boolean;
  /** advertises the service of a probe profile */
  is_probe: boolean;
}

/** `breaker` is `connected`, `disconnected`, `ready` or none; times are ISO 8601 with the meter's offset. */
export interface ReadingView {
  kind: "reading";
  serial: string;
  pod: string | null;
  registers: Register[];
  total: Register;
  meter_time: string | null;
  drift_s: number | null;
  app_version: string | null;
  breaker: "connected" | "disconnected" | "ready" | null;
  warnings: string[];
}

/** A line of the register sheet: `value` is a decimal string, in `unit`; `share` of the total in ‰. */
export interface Register {
  name: string;
  obis: string;
  value: string;
  unit: string;
  share: number;
}

export interface SavedFile {
  path: string;
}

export interface SetCulture {
  culture: string;
}

export interface Snapshot {
  seq: number;
  state: State;
}

export interface StartJob {
  activity: string;
  serial: string;
}

/** Everything that a page shows. `job` is the one running, or the last one until the next starts; `log` belongs to it. `pending` is Ejecutado: jobs interrupted, or done and not yet received by SMM, newest first. */
export interface State {
  agent: AgentInfo;
  user: UserInfo | null;
  link: LinkState;
  job: JobInfo | null;
  log: LogLine[];
  pending: JobInfo[];
  sync: SyncState;
}

export interface StepInfo {
  name: string;
  index: number;
  total: number;
}

export interface SyncChange {
  seq: number;
  part: "sync";
  value: SyncState;
}

/** `drift_s` is tablet time minus SMM time. `done`/`total` count envelopes of the running sync. */
export interface SyncState {
  online: boolean | null;
  running: boolean;
  done: number;
  total: number;
  waiting: number;
  refused: number;
  meters: number;
  last_at: string | null;
  drift_s: number | null;
  error: ErrorInfo | null;
}

export interface UseExternalProbe {
  on: boolean;
}

export interface UserChange {
  seq: number;
  part: "user";
  value: UserInfo | null;
}

export interface UserInfo {
  username: string;
  name: string;
  culture: string;
  /** logged in within the offline grant, without SMM */
  offline: boolean;
  /** UTC, ISO 8601 */
  offline_until: string;
}

export type Change = UserChange | LinkChange | JobChange | LogChange | PendingChange | SyncChange;

/** Every request of the socket. */
export interface Methods {
  "snapshot.get": { params: Nothing; result: Snapshot };
  "session.login": { params: Login; result: UserInfo };
  "session.logout": { params: Nothing; result: Nothing };
  "culture.set": { params: SetCulture; result: Nothing };
  "link.scan": { params: Nothing; result: Nothing };
  "link.scan_stop": { params: Nothing; result: Nothing };
  "link.connect": { params: ConnectProbe; result: Nothing };
  "link.disconnect": { params: Nothing; result: Nothing };
  "link.external": { params: UseExternalProbe; result: Nothing };
  "job.start": { params: StartJob; result: JobInfo };
  "job.cancel": { params: JobId; result: Nothing };
  "job.dismiss": { params: JobId; result: Nothing };
  "job.view": { params: JobId; result: JobView };
  "job.save_csv": { params: JobId; result: SavedFile };
  "job.history": { params: Nothing; result: JobList };
  "sync.run": { params: Nothing; result: Nothing };
}
