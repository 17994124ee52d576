import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { OrderInfo } from "../client/messages";
import { call } from "../client/socket";
import { useAction } from "../components/action";
import { Icon, Mark } from "../components/icons";
import { iconOf } from "../components/jobs";
import { Key } from "../components/key";
import { Empty, ErrorNote } from "../components/note";
import { orderWords } from "../components/order";
import { moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { go } from "../places";

/** The work orders that SMM holds for this user: chosen here, and claimed for the day's tour. */
export function Descargar() {
  const found = useSignal<OrderInfo[] | null>(null);
  const chosen = useSignal<number[]>([]);
  const search = useSignal("");
  const list = useAction();
  const claim = useAction();
  const fetch = () =>
    void list.run(async () => (found.value = (await call("orders.available", { search: search.value })).orders));
  useEffect(fetch, []);
  const toggle = (id: number) => {
    const without = chosen.value.filter((one) => one !== id);
    chosen.value = without.length < chosen.value.length ? without : [...without, id];
  };
  const take = () =>
    void claim.run(async () => {
      await call("orders.claim", { orders: chosen.value });
      go("trabajo");
    });
  const orders = found.value ?? [];
  return (
    <>
      <div class="body body--top">
        <section class="col" tabIndex={0} aria-label={t("orders.title")}>
          <div class="snrow">
            <h1>{t("orders.title")}</h1>
            <label class="field grow">
              <span>{t("orders.search")}</span>
              <span class="input">
                <input
                  value={search.value}
                  maxLength={100}
                  data-testid="order-search"
                  enterkeyhint="search"
                  onInput={(event) => (search.value = event.currentTarget.value)}
                  onKeyDown={(event) => event.key === "Enter" && fetch()}
                />
              </span>
            </label>
          </div>
          <ErrorNote error={list.error ?? claim.error} />
          {found.value !== null && orders.length === 0 && (
            <Empty icon="done" what={t("orders.none")} todo={t("orders.none-do")} />
          )}
          {found.value === null && list.busy && <p class="cap">{t("orders.loading")}</p>}
          <ul class="list">
            {orders.map((order) => (
              <Line key={order.id} order={order} on={chosen.value.includes(order.id)} onPress={() => toggle(order.id)} />
            ))}
          </ul>
        </section>
      </div>
      <footer class="actions">
        <Key label={t("new.back")} onPress={() => go("trabajo")} />
        <p class="cap reason">{t("orders.chosen", { n: chosen.value.length, total: orders.length })}</p>
        <Key
          kind="go"
          icon="in"
          label={t("work.download")}
          off={chosen.value.length === 0}
          busy={claim.busy}
          testid="claim"
          onPress={take}
        />
      </footer>
    </>
  );
}

function Line({ order, on, onPress }: { order: OrderInfo; on: boolean; onPress: () => void }) {
  return (
    <li>
      <button
        type="button"
        class="row"
        role="checkbox"
        aria-checked={on}
        data-testid={`order-${order.id}`}
        onClick={onPress}
      >
        <Icon name={iconOf(order.activity)} />
        <span class="grow">
          <strong>{orderWords(order)}</strong>
          <span class="cap block">
            {order.serial} · {order.pod ?? "–"} · {order.address ?? ""}
          </span>
        </span>
        <span class="cap num">{moment(order.inserted_at)}</span>
        {on && <Mark name="m-done" extra="mark--s" />}
      </button>
    </li>
  );
}
