import { signal } from "@preact/signals";
import type { Activity, JobInfo } from "./client/messages";
import type { JobParameters } from "./client/start";
import type { TextKey } from "./i18n/texts";
import { tidySerial } from "./serial";

export type RangeKind = "usual" | "week" | "month" | "chosen";

/** What is chosen for the next job. `first` and `last` are local times as typed, e.g. `2026-11-17T10:15`. */
export interface Options {
  reason: string;
  profile: string | null;
  range: RangeKind;
  first: string;
  last: string;
  setClock: boolean;
  farOff: boolean;
}

/** What an activity asks for before START: which text says that something is missing, and what it is given. */
interface Question {
  missing?: (options: Options) => TextKey | null;
  parameters: (options: Options) => JobParameters;
}

const NONE: Options = { reason: "", profile: null, range: "usual", first: "", last: "", setClock: false, farOff: false };
const RANGE: Question = { missing: missingInRange, parameters: rangeOf };
const QUESTIONS: Partial<Record<Activity, Question>> = {
  disconnect: {
    missing: ({ reason }) => (reason.trim() ? null : "ask.missing.reason"),
    parameters: ({ reason }) => ({ reason: reason.trim() }),
  },
  "prepay-config": {
    missing: ({ profile }) => (profile === null ? "ask.missing.profile" : null),
    parameters: ({ profile }) => ({ profile }),
  },
  "load-profile": RANGE,
  events: RANGE,
  clock: { parameters: ({ setClock, farOff }) => ({ set_clock: setClock, far_off: setClock && farOff }) },
};
const DAY_MS = 86_400_000;
const DAYS = { week: 7, month: 31 };

/** What is typed and chosen for the next job; it survives a lost connection. */
export const draft = {
  serial: signal(""),
  activity: signal<Activity>("reading"),
  options: signal<Options>(NONE),
};

export function choose(options: Partial<Options>): void {
  draft.options.value = { ...draft.options.value, ...options };
}

/** Drafts a job from a meter and an activity; nothing else is kept from the one before. */
export function draftJob(serial: string, activity: Activity): void {
  draft.serial.value = tidySerial(serial);
  draft.activity.value = activity;
  draft.options.value = NONE;
}

/** Drafts a job that did not finish once more; returns the place where it can be started. */
export function draftAgain(job: JobInfo): string {
  if (job.order !== null) return `orden/${job.order}`;
  draftJob(job.serial, job.activity);
  return asks(job.activity) ? "preparar" : "nuevo";
}

/** Whether the activity has a screen of its own before START. */
export function asks(activity: Activity): boolean {
  return activity in QUESTIONS;
}

/** The text that says why the job cannot start yet, or none. */
export function missing(activity: Activity, options: Options): TextKey | null {
  return QUESTIONS[activity]?.missing?.(options) ?? null;
}

export function parametersOf(activity: Activity, options: Options): JobParameters {
  return QUESTIONS[activity]?.parameters(options) ?? {};
}

function missingInRange({ range, first, last }: Options): TextKey | null {
  if (range !== "chosen") return null;
  if (!first || !last) return "ask.missing.range";
  const [begin, end] = [new Date(first).getTime(), new Date(last).getTime()];
  return begin >= end || begin > Date.now() ? "ask.bad-range" : null;
}

function rangeOf({ range, first, last }: Options): JobParameters {
  if (range === "usual") return {};
  if (range === "chosen") return { first: new Date(first).toISOString(), last: new Date(last).toISOString() };
  const now = Date.now();
  return { first: new Date(now - DAYS[range] * DAY_MS).toISOString(), last: new Date(now).toISOString() };
}
