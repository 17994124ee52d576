import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ProfileView } from "../../client/messages";
import { clockTime, dayMonth, decimal } from "../../i18n/format";
import { language, t } from "../../i18n/texts";
import { theme } from "../settings";
import { colour, drawBands } from "./bands";
import { type ProfileData, plotted } from "./rows";

const DAY_S = 86_400;
const STEPS_LIMIT = 3_000;
const INKS = ["go-ink", "ink-2", "edge", "ink"];
const DASHES = [[], [9, 5], [2, 4], [12, 4, 2, 4]];

/** How the line of a channel is drawn: dashes tell channels apart, not colour alone. */
export function strokeOf(channel: number): { ink: string; dash: number[] } {
  return { ink: INKS[channel % INKS.length] ?? "ink", dash: DASHES[channel % DASHES.length] ?? [] };
}

/** The values under the pointer; `time` in seconds since 1970. */
export interface Point {
  time: number;
  values: (number | null | undefined)[];
}

export interface TimeSpan {
  from: number;
  to: number;
}

interface PlotProps {
  view: ProfileView;
  data: ProfileData;
  shown: boolean[];
  span: TimeSpan;
  onPoint: (point: Point | null) => void;
}

/** The curve of each channel. uPlot draws on a canvas, so all text to be read stands beside it. */
export function Plot({ view, data, shown, span, onPoint }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const look = `${theme.value} ${language.value}`;
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const drawn = new uPlot(options(view, data, element, onPoint), plotted(data) as uPlot.AlignedData, element);
    const watcher = new ResizeObserver(() => drawn.setSize(sizeOf(element)));
    watcher.observe(element);
    plot.current = drawn;
    return () => {
      watcher.disconnect();
      drawn.destroy();
    };
  }, [data, look]);
  useEffect(() => {
    plot.current?.batch(() => {
      shown.forEach((show, channel) => plot.current?.setSeries(channel + 1, { show }));
      plot.current?.setScale("x", { min: span.from, max: span.to });
    });
  }, [data, look, shown, span.from, span.to]);
  const names = view.channels.filter((_, channel) => shown[channel]).join(", ");
  return <div class="curve" ref={box} role="img" aria-label={t("profile.plot", { channels: names })} data-testid="plot" />;
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: element.clientWidth, height: element.clientHeight };
}

function options(view: ProfileView, data: ProfileData, element: HTMLElement, onPoint: PlotProps["onPoint"]): uPlot.Options {
  const units = [...new Set(view.units.map(scaleOf))];
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 10 } },
    scales: { x: { time: true } },
    axes: [timeAxis(), ...units.map(valueAxis)],
    series: [{}, ...view.channels.map((label, channel) => seriesOf(label, channel, scaleOf(view.units[channel] ?? null)))],
    hooks: {
      drawClear: [(plot) => drawBands(plot, data)],
      setCursor: [(plot) => onPoint(pointAt(plot))],
    },
  };
}

function pointAt({ cursor, data: [times, ...values] }: uPlot): Point | null {
  const time = cursor.idx == null ? undefined : times[cursor.idx];
  return time === undefined ? null : { time, values: values.map((channel) => channel[cursor.idx as number]) };
}

function scaleOf(unit: string | null): string {
  return unit ?? "–";
}

function seriesOf(label: string, channel: number, scale: string): uPlot.Series {
  const { ink, dash } = strokeOf(channel);
  return { label, scale, stroke: () => colour(ink), width: 2, dash, points: { show: false }, paths: steppedWhereFew };
}

/** A value holds for its whole period, hence a step; with several to a pixel, uPlot's line keeps the least and the greatest. */
const stepped = uPlot.paths.stepped?.({ align: -1 });
const linear = uPlot.paths.linear?.();
const steppedWhereFew: uPlot.Series.PathBuilder = (plot, series, from, to) =>
  (to - from > STEPS_LIMIT ? linear : stepped)?.(plot, series, from, to) ?? null;

function timeAxis(): uPlot.Axis {
  const values = (_: uPlot, splits: number[]) => splits.map(momentLabel);
  return { ...pen(), values, size: 36, space: 90 };
}

function momentLabel(seconds: number): string {
  const iso = new Date(seconds * 1000).toISOString();
  return clockTime(iso) === "00:00" ? dayMonth(iso) : clockTime(iso);
}

function valueAxis(scale: string, at: number): uPlot.Axis {
  const values = (_: uPlot, splits: number[]) => splits.map((split) => decimal(String(Number(split.toFixed(6)))));
  const axis: uPlot.Axis = { ...pen(), scale, values, size: 60, side: at % 2 ? 1 : 3, label: scale, labelSize: 22 };
  return at === 0 ? axis : { ...axis, grid: { show: false } };
}

function pen(): uPlot.Axis {
  const font = `15px ${getComputedStyle(document.body).fontFamily}`;
  const hair = { stroke: () => colour("hair"), width: 1 };
  return { stroke: () => colour("ink-2"), font, labelFont: font, grid: hair, ticks: hair };
}

export function spanOf(data: ProfileData, days: number | null, end: number): TimeSpan {
  const from = days === null ? data.first : end - days * DAY_S;
  return { from, to: days === null ? data.last : end };
}
