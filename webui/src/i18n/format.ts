import { culture } from "./texts";

const NARROW_SPACE = "\u202f";
const MINUS = "\u2212";

/** A decimal string: digits in groups of three with a narrow space, the culture's decimal sign. */
export function decimal(value: string): string {
  const [whole = "", fraction] = value.replace("-", "").split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
  const sign = value.startsWith("-") ? MINUS : "";
  return sign + grouped + (fraction === undefined ? "" : decimalSign() + fraction);
}

/** A whole number of Wh as kWh, with three decimals. */
export function kilo(wh: string): string {
  const digits = wh.padStart(4, "0");
  return decimal(`${digits.slice(0, -3)}.${digits.slice(-3)}`);
}

/** Parts per thousand as per cent, e.g. `40,7 %`. */
export function share(perMille: number): string {
  return `${decimal((perMille / 10).toFixed(1))}${NARROW_SPACE}%`;
}

/** `+7 s`, `−2 min 5 s`, `0 s`. */
export function signedSeconds(seconds: number): string {
  const sign = seconds > 0 ? "+" : seconds < 0 ? MINUS : "";
  return sign + duration(Math.abs(seconds));
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(seconds, 60, "min", 1, "s");
  if (seconds < 86400) return pair(seconds, 3600, "h", 60, "min");
  return pair(seconds, 86400, "d", 3600, "h");
}

/** A duration in two neighbouring units; the smaller one is left out where it is zero. */
function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  const whole = `${decimal(String(Math.floor(seconds / large)))} ${largeName}`;
  return rest ? `${whole} ${rest} ${smallName}` : whole;
}

export function dbm(signal: number): string {
  return `${decimal(String(signal))} dBm`;
}

export function clockTime(iso: string): string {
  return format(iso, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function clockSeconds(iso: string): string {
  return format(iso, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

export function day(iso: string): string {
  return format(iso, { day: "2-digit", month: "2-digit", year: "numeric" });
}

/** Without the year, where there is little room. */
export function dayMonth(iso: string): string {
  return format(iso, { day: "2-digit", month: "2-digit" });
}

export function isToday(iso: string): boolean {
  return new Date(iso).toDateString() === new Date().toDateString();
}

/** The time alone if it is today, else with its day. */
export function moment(iso: string): string {
  return isToday(iso) ? clockTime(iso) : dayAndTime(iso);
}

export function dayAndTime(iso: string): string {
  return `${day(iso)}, ${clockTime(iso)}`;
}

/** Time of a log line, with milliseconds. */
export function logTime(iso: string): string {
  return `${clockSeconds(iso)}${decimalSign()}${String(new Date(iso).getMilliseconds()).padStart(3, "0")}`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Formatters are kept: making one takes longer than formatting a thousand times. */
function format(iso: string, parts: Intl.DateTimeFormatOptions): string {
  const name = locale() + Object.keys(parts).join();
  const formatter = formatters.get(name) ?? new Intl.DateTimeFormat(locale(), parts);
  formatters.set(name, formatter);
  return formatter.format(new Date(iso));
}

function decimalSign(): string {
  return new Intl.NumberFormat(locale()).formatToParts(0.5).find((part) => part.type === "decimal")?.value ?? ",";
}

/** English without a country means British: 03/04 is the third of April everywhere here. */
function locale(): string {
  return culture.value === "en" ? "en-GB" : culture.value;
}
