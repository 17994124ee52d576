// Generated from the messages in agent/api by `python -m agent.api.typescript`. Do not edit.

export type Activity = "reading" | "disconnect" | "reconnect" | "prepay-config" | "credit-read" | "credit-charge" | "change" | "load-profile" | "instant" | "events" | "clock";

/** `available` is false for what is ordered in SMM only; `reason` is an error code. `changes_meter`: it can leave the meter other than it was. */
export interface ActivityInfo {
  activity: Activity;
  title: string;
  available: boolean;
  reason: string | null;
  changes_meter: boolean;
}

/** What does not change while the agent runs. */
export interface AgentInfo {
  version: string;
  demo: boolean;
  csv_folder: string;
  activities: ActivityInfo[];
}

/** An order that cannot be carried out, and why. */
export interface CloseOrder {
  order: number;
  reason: "no-access" | "broken-display" | "meter-not-found" | "other";
  note: string;
}

/** Why this job is closed although SMM did not take it, in the technician's words. */
export interface CloseRefused {
  job: string;
  note: string;
}

/** The address as listed. */
export interface ConnectProbe {
  address: string;
}

export type Empty = Record<string, never>;

/** `code` names the words in `domain/words`, `params` fill their blanks. */
export interface ErrorInfo {
  code: string;
  params: Record<string, string | number>;
  retryable: boolean;
}

/** One file as a rule, several for very much, none if nothing waits; `count` is that of the envelopes in them. */
export interface ExportedFiles {
  files: string[];
  count: number;
}

/** The address as listed. */
export interface ForgetProbe {
  address: string;
}

/** Of the user who is logged in. */
export interface GivePassword {
  password: string;
}

/** What comes after this order. */
export interface HeldOrdersPart {
  after: number;
}

/** The running job, or how it ended. */
export interface JobChange {
  seq: number;
  part: "job";
  value: JobInfo | null;
}

/** Which job. */
export interface JobId {
  job: string;
}

/** `done` and `failed` are settled: saved on disk with their outbox row. `unknown`: a change was sent and nobody knows what became of it – CHECK METER (`job.recover`); `undecided`: a person has to decide in SMM. `may_cancel` is false from the moment a change is sent. `resumable`: a load profile that goes on from its last whole row. `outbox` is none until the job is settled; `outbox_error` says why SMM refused it, `may_retry` whether it may take it another time; `closed_at`, `closed_by` and `closed_note`, when and by whom it was closed, and why. */
export interface JobInfo {
  id: string;
  activity: Activity;
  serial: string;
  state: "queued" | "running" | "done" | "failed" | "interrupted" | "unknown" | "undecided";
  step: StepInfo | null;
  /** of the running job, before `step` */
  past_steps: StepInfo[];
  /** UTC, ISO 8601 */
  created_at: string;
  ended_at: string | null;
  user: string;
  error: ErrorInfo | null;
  outbox: "waiting" | "refused" | "received" | "closed" | null;
  outbox_error: ErrorInfo | null;
  may_retry: boolean;
  closed_at: string | null;
  closed_by: string | null;
  closed_note: string | null;
  received_at: string | null;
  order: number | null;
  may_cancel: boolean;
  resumable: boolean;
  /** of a load profile, so far */
  rows: number | null;
  /** estimate */
  seconds_left: number | null;
}

/** Jobs, newest first. `more`: there are further ones. */
export interface JobList {
  jobs: JobInfo[];
  more: boolean;
}

/** A settled job as its pop-up shows it; `csv` is the file's text, `csv_name` its name. A load profile's file is not in here, it comes from `GET /jobs/<id>.csv`; one that was interrupted is shown with the rows that came. */
export interface JobView {
  job: JobInfo;
  result: ReadingView | SheetView | ProfileView | null;
  csv: string | null;
  csv_name: string | null;
}

/** The probe, or what is around. */
export interface LinkChange {
  seq: number;
  part: "link";
  value: LinkState;
}

/** State of the Bird: `off` Bluetooth cannot be used (see error), `idle`, `scanning`, on the way `connecting`, `discovering`, `pairing` and `subscribing`, then `ready`; `draining` while it is disconnected, `backing-off` until the next attempt (see error). `led` is its lamp, as it says itself or as one can conclude: none if nobody knows. */
export interface LinkState {
  state: "off" | "idle" | "scanning" | "connecting" | "discovering" | "pairing" | "subscribing" | "ready" | "draining" | "backing-off";
  probe: ProbeInfo | null;
  found: ProbeInfo[];
  led: "red" | "green" | null;
  external_probe: boolean;
  /** the radio is a virtual one */
  simulated: boolean;
  error: ErrorInfo | null;
}

/** What comes after this job of a list; the beginning, where none is named. */
export interface ListPart {
  after: string | null;
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

/** As typed on the login page. */
export interface Login {
  username: string;
  password: string;
}

/** What is known of a meter before anything is done; `has_key` is false where SMM sent none. */
export interface MeterCard {
  serial: string;
  model: string;
  pod: string | null;
  address: string | null;
  customer: string | null;
  has_key: boolean;
  /** an outcome that is unknown or undecided */
  blocked: ErrorInfo | null;
  last_profile_row: string | null;
}

/** A serial number as typed or scanned. */
export interface MeterSerial {
  serial: string;
}

/** Numbers of work orders. */
export interface OrderIds {
  orders: number[];
}

/** A work order. `parameters` as lines to show, e.g. `credit 123456 Wh`; `mine`: claimed by this tablet. `lease_until` is none until it is claimed; `gone` says why SMM does not hold the claim any longer. */
export interface OrderInfo {
  id: number;
  activity: Activity;
  serial: string;
  pod: string | null;
  address: string | null;
  customer: string | null;
  summary: string;
  parameters: ((SheetCell | null)[])[];
  created_by: string;
  /** UTC, ISO 8601 */
  inserted_at: string;
  mine: boolean;
  lease_until: string | null;
  gone: ErrorInfo | null;
}

/** Work orders, oldest first. `more`: there are further ones. */
export interface OrderList {
  orders: OrderInfo[];
  more: boolean;
}

/** The work orders that this tablet holds. */
export interface OrdersChange {
  seq: number;
  part: "orders";
  value: OrderInfo[];
}

/** Everything that a page shows. `job` is the one running, or the last one until the next starts; `log` belongs to it. `pending` is Ejecutado: jobs interrupted, or done and not yet received by SMM, newest first. */
export interface PageState {
  agent: AgentInfo;
  user: UserInfo | null;
  link: LinkState;
  job: JobInfo | null;
  log: LogLine[];
  pending: JobInfo[];
  /** claimed by this tablet, offline too */
  orders: OrderInfo[];
  sync: SyncInfo;
}

/** What stands in Ejecutado. */
export interface PendingChange {
  seq: number;
  part: "pending";
  value: JobInfo[];
}

/** One Bluetooth device or serial port in the list. `signal` is smoothed RSSI in dBm, none while it is silent. */
export interface ProbeInfo {
  address: string;
  name: string | null;
  signal: number | null;
  /** used on this tablet before, or paired with it */
  known: boolean;
  /** used on this tablet before: it can be renamed */
  used: boolean;
  /** advertises a probe's service, or is a port that may carry one */
  is_probe: boolean;
  /** a serial port */
  is_port: boolean;
}

/** Rows as columns: `times` in seconds since 1970 (none for a row without a moment), `status` as the meter has it (bits as the number that they make), `values` one list a channel of numbers, or of times as texts (ISO 8601); a gap is a row that is missing. */
export interface ProfileColumns {
  times: (number | null)[];
  status: (number | null)[];
  values: ((number | string | null)[])[];
}

/** Prepayment profiles that SMM gave this tablet. */
export interface ProfileNames {
  profiles: string[];
}

/** A load profile; its rows come from `GET /jobs/<id>/rows.json` as columns: see `ProfileColumns`. */
export interface ProfileView {
  kind: "load-profile";
  serial: string;
  pod: string | null;
  channels: string[];
  units: (string | null)[];
  capture_period_s: number;
  rows: number;
  first: string | null;
  last: string | null;
  warnings: string[];
}

/** `breaker` is `connected`, `disconnected`, `ready` or none; times are ISO 8601 with the meter's offset; the words of `warnings` are in `domain/words/warnings`. */
export interface ReadingView {
  kind: "reading";
  serial: string;
  pod: string | null;
  registers: Register[];
  total: Register;
  meter_time: string | null;
  drift_s: number | null;
  app_version: string | null;
  breaker: "disconnected" | "connected" | "ready" | null;
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

/** An empty name takes the given one off: the probe is called as it calls itself. */
export interface RenameProbe {
  address: string;
  name: string;
}

/** Where it was saved. */
export interface SavedFile {
  path: string;
}

/** Part of a serial number, POD, address, customer or activity. */
export interface SearchOrders {
  search: string;
}

/** The language that the user switches to. */
export interface SetCulture {
  culture: string;
}

/** `word` has a translation on the page, `number` is a decimal string, `time` UTC, ISO 8601. */
export interface SheetCell {
  kind: "word" | "text" | "number" | "time";
  value: string;
}

/** Any other result: rows under named columns (`item value unit`, `item before after unit`, …). */
export interface SheetView {
  kind: "sheet";
  serial: string;
  pod: string | null;
  columns: string[];
  rows: ((SheetCell | null)[])[];
  warnings: string[];
}

/** The whole state after change number `seq`. */
export interface Snapshot {
  seq: number;
  state: PageState;
}

/** With an order, its activity and meter are taken, and these must be the same. `first` and `last` are the range of a load profile or event log (neither: what is new since the last visit); `info` asks for the profile's shape only; `reason` is that of a detachment; `profile` a prepayment profile's name; `set_clock` sets it, `far_off` confirms it where it is more than ten minutes out. */
export interface StartJob {
  activity: string;
  serial: string;
  order: number | null;
  first: string | null;
  last: string | null;
  info: boolean;
  reason: string | null;
  profile: string | null;
  set_clock: boolean;
  far_off: boolean;
}

/** Step `index` of `total`, counted from 1; `octets` of a long value have come so far. */
export interface StepInfo {
  name: string;
  index: number;
  total: number;
  octets: number | null;
}

/** The way to SMM. */
export interface SyncChange {
  seq: number;
  part: "sync";
  value: SyncInfo;
}

/** `password_needed`: who is logged in has no session with SMM, and `session.renew` with their password opens one. `drift_s` is tablet time minus SMM time. `done`/`total` count envelopes of the running sync. */
export interface SyncInfo {
  online: boolean | null;
  password_needed: boolean;
  running: boolean;
  done: number;
  total: number;
  waiting: number;
  refused: number;
  meters: number;
  last_at: string | null;
  drift_s: number | null;
  /** what is wrong with the tablet's clock */
  clock: ErrorInfo | null;
  error: ErrorInfo | null;
  /** of the tablet's memory */
  notices: ErrorInfo[];
}

/** Sonda externa: the meter behind the probe waits for a sign-on (IEC 62056-21 mode E) before HDLC. */
export interface UseExternalProbe {
  on: boolean;
}

/** Somebody logged in or out, or chose a language. */
export interface UserChange {
  seq: number;
  part: "user";
  value: UserInfo | null;
}

/** The user who is logged in. */
export interface UserInfo {
  username: string;
  name: string;
  culture: string;
  /** logged in within the offline grant, without SMM */
  offline: boolean;
  /** UTC, ISO 8601 */
  offline_until: string;
}

export type StateChange = UserChange | LinkChange | JobChange | LogChange | PendingChange | OrdersChange | SyncChange;

/** Every request of the socket. */
export interface Methods {
  "snapshot.get": { params: Empty; result: Snapshot };
  "session.login": { params: Login; result: UserInfo };
  "session.renew": { params: GivePassword; result: UserInfo };
  "session.logout": { params: Empty; result: Empty };
  "culture.set": { params: SetCulture; result: Empty };
  "link.scan": { params: Empty; result: Empty };
  "link.scan_stop": { params: Empty; result: Empty };
  "link.connect": { params: ConnectProbe; result: Empty };
  "link.disconnect": { params: Empty; result: Empty };
  "link.rename": { params: RenameProbe; result: Empty };
  "link.forget": { params: ForgetProbe; result: Empty };
  "link.external": { params: UseExternalProbe; result: Empty };
  "job.start": { params: StartJob; result: JobInfo };
  "job.recover": { params: JobId; result: JobInfo };
  "job.resume": { params: JobId; result: JobInfo };
  "job.cancel": { params: JobId; result: Empty };
  "job.dismiss": { params: JobId; result: Empty };
  "job.pending": { params: ListPart; result: JobList };
  "job.history": { params: ListPart; result: JobList };
  "outbox.retry": { params: JobId; result: Empty };
  "outbox.close": { params: CloseRefused; result: Empty };
  "job.view": { params: JobId; result: JobView };
  "job.save_csv": { params: JobId; result: SavedFile };
  "orders.available": { params: SearchOrders; result: OrderList };
  "orders.held": { params: HeldOrdersPart; result: OrderList };
  "orders.claim": { params: OrderIds; result: OrderList };
  "orders.release": { params: OrderIds; result: Empty };
  "orders.close": { params: CloseOrder; result: Empty };
  "meter.card": { params: MeterSerial; result: MeterCard };
  "prepay.profiles": { params: Empty; result: ProfileNames };
  "sync.run": { params: Empty; result: Empty };
  "sync.export": { params: Empty; result: ExportedFiles };
}
