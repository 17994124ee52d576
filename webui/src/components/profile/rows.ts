import type { ProfileColumns } from "../../client/messages";

/** Rows missing between two neighbours; `from` and `to` are those, in seconds since 1970. */
export interface Gap {
  from: number;
  to: number;
  missing: number;
}

/** Consecutive rows whose status is not zero; in seconds since 1970. */
export interface Flagged {
  from: number;
  to: number;
  rows: number;
}

/** What the plot and the table show. `lines` are row numbers; a gap is −1 minus its number. */
export interface ProfileData {
  columns: ProfileColumns;
  hasStatus: boolean;
  /** By channel: it has numbers, and so a curve. */
  hasCurve: boolean[];
  gaps: Gap[];
  missing: number;
  flagged: Flagged[];
  flaggedRows: number;
  lines: Int32Array;
  first: number;
  last: number;
}

export async function fetchRows(job: string): Promise<ProfileColumns> {
  const answer = await fetch(`/jobs/${encodeURIComponent(job)}/rows.json`);
  if (!answer.ok) throw new Error(`rows of ${job}: ${answer.status}`);
  return (await answer.json()) as ProfileColumns;
}

export function prepare(columns: ProfileColumns, period: number): ProfileData {
  const { times, status } = columns;
  const gaps: Gap[] = [];
  const flagged: Flagged[] = [];
  const lines: number[] = [];
  let [first, last, missing, flaggedRows] = [Infinity, -Infinity, 0, 0];
  let before: number | null = null;
  for (let row = 0; row < times.length; row++) {
    const time = times[row] ?? null;
    const lacking: number = time !== null && before !== null && period > 0 ? Math.round((time - before) / period) - 1 : 0;
    if (lacking > 0) {
      lines.push(-1 - gaps.length);
      gaps.push({ from: before as number, to: time as number, missing: lacking });
      missing += lacking;
    }
    lines.push(row);
    if (isFlagged(status[row])) {
      flaggedRows++;
      if (time !== null) flag(flagged, time, period);
    }
    if (time === null) continue;
    [first, last, before] = [Math.min(first, time), Math.max(last, time), time];
  }
  const hasStatus = status.some((one) => one !== null);
  const hasCurve = columns.values.map((channel) => channel.some((value) => typeof value === "number"));
  return { columns, hasStatus, hasCurve, gaps, missing, flagged, flaggedRows, lines: Int32Array.from(lines), first, last };
}

export function isFlagged(status: number | null | undefined): boolean {
  return status !== null && status !== undefined && status !== 0;
}

/** A row is about the period that ends at its time. */
function flag(spans: Flagged[], time: number, period: number): void {
  const open = spans.at(-1);
  if (open && time > open.to && time - open.to <= period * 1.5) {
    open.to = time;
    open.rows++;
  } else spans.push({ from: time - period, to: time, rows: 1 });
}

/** Texts, such as times, stand in the table only. */
function numberOf(value: number | string | null | undefined): number | null {
  return typeof value === "number" ? value : null;
}

/** In order of time, with an empty row in each gap, so that no line is drawn over it. */
export function plotted({ columns, gaps }: ProfileData): [number[], ...(number | null)[][]] {
  const order = columns.times.flatMap((time, row) => (time === null ? [] : [{ time, row }]));
  order.push(...gaps.map((gap) => ({ time: (gap.from + gap.to) / 2, row: -1 })));
  order.sort((a, b) => a.time - b.time);
  return [
    order.map(({ time }) => time),
    ...columns.values.map((channel) => order.map(({ row }) => numberOf(row < 0 ? null : channel[row]))),
  ];
}
