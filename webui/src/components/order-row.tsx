import type { OrderInfo } from "../client/messages";
import { moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { plain } from "../i18n/words";
import { Icon, Mark } from "./icons";
import { iconOf, titleOf } from "./jobs";
import { EmptyState } from "./note";

/** The orders that this tablet has claimed; each opens its own screen. */
export function HeldOrders({ orders }: { orders: OrderInfo[] }) {
  if (orders.length === 0) return <EmptyState icon="in" what={t("work.no-orders")} todo={t("work.no-orders-do")} />;
  return (
    <ul class="list" data-testid="orders">
      {orders.map((order) => (
        <li key={order.id}>
          <a class={order.gone ? "row row--bad" : "row"} href={`#orden/${order.id}`} data-testid={`order-${order.id}`}>
            {order.gone ? <Mark name="m-bad" label={t("mark.attention")} /> : <Icon name={iconOf(order.activity)} />}
            <OrderWords order={order} />
            <span class="num">
              <b>{t("order.number", { n: order.id })}</b>
              <span class="cap block">{leaseWords(order)}</span>
            </span>
            <Icon name="next" />
          </a>
        </li>
      ))}
    </ul>
  );
}

function leaseWords(order: OrderInfo): string {
  if (order.gone) return t("order.gone");
  return order.lease_until ? t("order.lease", { time: moment(order.lease_until) }) : "";
}

/** What is to be done, where, and on which meter. */
export function OrderWords({ order }: { order: OrderInfo }) {
  return (
    <span class="grow">
      <strong>{titleOf(order.activity)}</strong>
      <span class="cap">
        <b>{order.pod ?? t("meter.no-pod")}</b> · {order.serial}
      </span>
      {order.address && <span class="cap cut">{order.address}</span>}
      {order.summary && <span class="block">{order.summary}</span>}
      {order.gone && <span class="block bad">{plain(order.gone).what}</span>}
    </span>
  );
}
