import { signal } from "@preact/signals";
import type { Activity } from "./client/messages";
import type { Wish } from "./client/start";
import { tidySerial } from "./components/meter";
import type { TextKey } from "./i18n/texts";

export type RangeKind = "usual" | "week" | "month" | "chosen";

/** What some activities ask for. `first` and `last` are local times as typed, e.g. `2026-11-17T10:15`. */
export interface Options {
  reason: string;
  profile: string | null;
  range: RangeKind;
  first: string;
  last: string;
  setClock: boolean;
  farOff: boolean;
}

const NONE: Options = { reason: "", profile: null, range: "usual", first: "", last: "", setClock: false, farOff: false };
const ASKING: Activity[] = ["disconnect", "prepay-config", "load-profile", "events", "clock"];
const RISKY: Activity[] = ["disconnect", "credit-charge", "change"];
const DAY_MS = 86_400_000;
const DAYS = { week: 7, month: 31 };

/** What is typed and chosen for the next job; it outlives a lost connection. */
export const draft = {
  serial: signal(""),
  activity: signal<Activity>("reading"),
  options: signal<Options>(NONE),
};

export function choose(options: Partial<Options>): void {
  draft.options.value = { ...draft.options.value, ...options };
}

/** A meter and an activity to begin with; nothing else is kept from the last job. */
export function draftJob(serial: string, activity: Activity): void {
  draft.serial.value = tidySerial(serial);
  draft.activity.value = activity;
  draft.options.value = NONE;
}

/** Whether the activity has a screen of its own before START. */
export function asks(activity: Activity): boolean {
  return ASKING.includes(activity);
}

/** Whether it is confirmed with the meter, the POD and the amount in sight. */
export function isRisky(activity: Activity): boolean {
  return RISKY.includes(activity);
}

/** Why the job cannot start yet. */
export function missing(activity: Activity, options: Options): TextKey | null {
  if (activity === "disconnect" && !options.reason.trim()) return "ask.missing.reason";
  if (activity === "prepay-config" && options.profile === null) return "ask.missing.profile";
  return hasRange(activity) && options.range === "chosen" ? wrongRange(options) : null;
}

export function wishOf(activity: Activity, options: Options): Wish {
  if (activity === "disconnect") return { reason: options.reason.trim() };
  if (activity === "prepay-config") return { profile: options.profile };
  if (activity === "clock") return { set_clock: options.setClock, far_off: options.setClock && options.farOff };
  return hasRange(activity) ? rangeOf(options) : {};
}

function hasRange(activity: Activity): boolean {
  return activity === "load-profile" || activity === "events";
}

function wrongRange({ first, last }: Options): TextKey | null {
  if (!first || !last) return "ask.missing.range";
  const [begin, end] = [new Date(first).getTime(), new Date(last).getTime()];
  return begin >= end || begin > Date.now() ? "ask.bad-range" : null;
}

function rangeOf({ range, first, last }: Options): Wish {
  if (range === "usual") return {};
  if (range === "chosen") return { first: new Date(first).toISOString(), last: new Date(last).toISOString() };
  const now = Date.now();
  return { first: new Date(now - DAYS[range] * DAY_MS).toISOString(), last: new Date(now).toISOString() };
}
