import type { OrderInfo, SheetCell } from "../client/messages";
import { call } from "../client/socket";
import { decimal } from "../i18n/format";
import { titleOf } from "./jobs";
import { cellText } from "./sheet";
import { watched, go } from "../places";

/** What an order asks for, in a line; a sum of energy in Wh and kWh together. */
export function orderWords(order: OrderInfo): string {
  const parts = order.parameters.map((row) => row.map(inWords).filter(Boolean).join(" "));
  return [titleOf(order.activity), ...parts, ...energy(order)].join(" · ") + (order.parameters.length ? "" : summary(order));
}

function summary(order: OrderInfo): string {
  return order.summary ? ` · ${order.summary}` : "";
}

function inWords(cell: SheetCell | null): string {
  return cell === null ? "" : cellText(cell);
}

function energy(order: OrderInfo): string[] {
  const row = order.parameters.find((cells) => cells[2]?.value === "Wh");
  const value = row?.[1]?.value;
  return value === undefined ? [] : [`${decimal((Number(value) / 1000).toFixed(3))} kWh`];
}

export async function startOrder(order: OrderInfo): Promise<void> {
  const job = await call("job.start", {
    ...NOTHING_ELSE,
    activity: order.activity,
    serial: order.serial,
    order: order.id,
  });
  watched.value = job.id;
  go("trabajo");
}

/** The options of a new job that nobody has chosen. */
export const NOTHING_ELSE = {
  order: null,
  first: null,
  last: null,
  info: false,
  reason: null,
  profile: null,
  set_clock: false,
  far_off: false,
};
