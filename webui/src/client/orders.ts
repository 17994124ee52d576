import { computed, effect, signal } from "@preact/signals";
import type { OrderInfo } from "./messages";
import { call } from "./socket";
import { orders } from "./state";

/** The agent tells so many by itself; the others are asked for. */
const TOLD = 25;

const others = signal<OrderInfo[]>([]);

/** All work orders that this tablet has claimed, oldest first. */
export const heldOrders = computed(() => [...orders.value, ...others.value]);

effect(() => {
  const first = orders.value;
  if (first.length < TOLD) others.value = [];
  else void askOthers(first);
});

async function askOthers(first: OrderInfo[]): Promise<void> {
  const found: OrderInfo[] = [];
  try {
    for (let more = true; more; ) {
      const last = found.at(-1) ?? first.at(-1);
      const part = await call("orders.held", { after: last?.id ?? 0 });
      if (orders.peek() !== first) return;
      found.push(...part.orders);
      more = part.more;
    }
    others.value = found;
  } catch {
    return;
  }
}
