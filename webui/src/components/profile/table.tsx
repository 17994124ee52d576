import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { ProfileView } from "../../client/messages";
import { dayAndTime, decimal } from "../../i18n/format";
import { t } from "../../i18n/texts";
import { Icon } from "../icons";
import { type ProfileData, isFlagged } from "./rows";

const ROW_PX = 44;
const ROWS_BEYOND = 12;

/** All rows; only those in sight, and a few above and below, are in the page. */
export function ProfileTable({ view, data }: { view: ProfileView; data: ProfileData }) {
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useHeight(scroller);
  const first = Math.max(0, top.value - ROWS_BEYOND);
  const last = Math.min(data.lines.length, top.value + Math.ceil(height / ROW_PX) + ROWS_BEYOND);
  const columns = columnsOf(view.channels.length, data.hasStatus);
  return (
    <div
      class="vt"
      role="table"
      aria-rowcount={data.lines.length + 1}
      tabIndex={0}
      ref={scroller}
      data-testid="profile-table"
      onScroll={(event) => (top.value = Math.floor(event.currentTarget.scrollTop / ROW_PX))}
    >
      <Head view={view} hasStatus={data.hasStatus} columns={columns} />
      <div class="vt-all" role="rowgroup" style={{ height: `${data.lines.length * ROW_PX}px` }}>
        <div class="vt-seen" role="presentation" style={{ transform: `translateY(${first * ROW_PX}px)` }}>
          {Array.from(data.lines.subarray(first, last), (line, i) => (
            <Line key={first + i} index={first + i} line={line} data={data} columns={columns} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** The element's height in px, also after it was resized. */
function useHeight(element: RefObject<HTMLElement | null>): number {
  const height = useSignal(800);
  useEffect(() => {
    const watched = element.current;
    if (!watched) return undefined;
    const watcher = new ResizeObserver(() => (height.value = watched.clientHeight));
    watcher.observe(watched);
    return () => watcher.disconnect();
  }, []);
  return height.value;
}

function Head({ view, hasStatus, columns }: { view: ProfileView; hasStatus: boolean; columns: Columns }) {
  return (
    <div class="vt-head" role="row" aria-rowindex={1} style={columns}>
      <span role="columnheader">{t("profile.time")}</span>
      {hasStatus && <span role="columnheader">{t("profile.status")}</span>}
      {view.channels.map((channel, at) => (
        <span key={at} role="columnheader" class="num">
          {channel} {view.units[at]}
        </span>
      ))}
    </div>
  );
}

interface LineProps {
  index: number;
  line: number;
  data: ProfileData;
  columns: Columns;
}

function Line({ index, line, data, columns }: LineProps) {
  const gap = line < 0 ? data.gaps[-1 - line] : undefined;
  if (gap) {
    return (
      <div class="vt-row vt-gap" role="row" aria-rowindex={index + 2}>
        <span role="cell">{t("profile.gaps", { n: decimal(String(gap.missing)) })}</span>
      </div>
    );
  }
  const status = data.columns.status[line] ?? null;
  const flagged = isFlagged(status);
  return (
    <div class={flagged ? "vt-row vt-flag" : "vt-row"} role="row" aria-rowindex={index + 2} style={columns}>
      <span role="cell">{momentOf(data.columns.times[line] ?? null)}</span>
      {data.hasStatus && (
        <span role="cell" class={flagged ? "warn" : "cap"}>
          {flagged && <Icon name="flag" size="i--s" />} {status ?? t("result.none")}
        </span>
      )}
      {data.columns.values.map((channel, at) => (
        <span key={at} role="cell" class="num v">
          {valueOf(channel[line] ?? null)}
        </span>
      ))}
    </div>
  );
}

type Columns = Record<"gridTemplateColumns" | "minWidth", string>;

/** Column widths: the same for every row, in sight or not. */
function columnsOf(channels: number, hasStatus: boolean): Columns {
  const status = hasStatus ? "5rem " : "";
  return {
    gridTemplateColumns: `10rem ${status}repeat(${channels}, minmax(6rem, 1fr))`,
    minWidth: `${12 + (hasStatus ? 5.75 : 0) + 6.75 * channels}rem`,
  };
}

function momentOf(seconds: number | null): string {
  if (seconds === null) return t("result.none");
  return dayAndTime(new Date(seconds * 1000).toISOString());
}

function valueOf(value: number | string | null): string {
  if (value === null) return t("result.none");
  return typeof value === "number" ? decimal(String(value)) : dayAndTime(value);
}
