import type uPlot from "uplot";
import type { ProfileData } from "./rows";

const THINNEST = 3;

/** A colour of the theme, by its name in tokens.css. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Drawn behind the lines: hatched gaps, and bands with a mark on top for rows that have a status. */
export function drawBands(plot: uPlot, data: ProfileData): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  for (const { from, to } of data.flagged) drawFlag(plot, from, to);
  const hatch = hatching(ctx);
  for (const { from, to } of data.gaps) drawGap(plot, from, to, hatch);
  ctx.restore();
}

function drawGap(plot: uPlot, from: number, to: number, hatch: CanvasPattern | null): void {
  const [x, width] = across(plot, from, to);
  const { ctx, bbox } = plot;
  ctx.fillStyle = colour("paper");
  ctx.fillRect(x, bbox.top, width, bbox.height);
  ctx.fillStyle = hatch ?? colour("edge");
  ctx.fillRect(x, bbox.top, width, bbox.height);
  ctx.strokeStyle = colour("edge");
  ctx.lineWidth = devicePixelRatio;
  ctx.strokeRect(x, bbox.top, width, bbox.height);
}

function drawFlag(plot: uPlot, from: number, to: number): void {
  const [x, width] = across(plot, from, to);
  const { ctx, bbox } = plot;
  const size = 8 * devicePixelRatio;
  ctx.fillStyle = colour("warn-bg");
  ctx.fillRect(x, bbox.top, width, bbox.height);
  ctx.fillStyle = colour("warn");
  ctx.beginPath();
  ctx.moveTo(x + width / 2 - size, bbox.top);
  ctx.lineTo(x + width / 2 + size, bbox.top);
  ctx.lineTo(x + width / 2, bbox.top + 1.6 * size);
  ctx.fill();
}

function across(plot: uPlot, from: number, to: number): [number, number] {
  const [begin, end] = [plot.valToPos(from, "x", true), plot.valToPos(to, "x", true)];
  return [begin, Math.max(end - begin, THINNEST * devicePixelRatio)];
}

function hatching(ctx: CanvasRenderingContext2D): CanvasPattern | null {
  const size = Math.round(9 * devicePixelRatio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const pen = tile.getContext("2d");
  if (!pen) return null;
  pen.strokeStyle = colour("hatch-ink");
  pen.lineWidth = 2 * devicePixelRatio;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return ctx.createPattern(tile, "repeat");
}
