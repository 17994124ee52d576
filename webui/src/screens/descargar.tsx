import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { OrderInfo } from "../client/messages";
import { call } from "../client/socket";
import { sync, user } from "../client/state";
import { useAction } from "../components/action";
import { Icon, Mark } from "../components/icons";
import { iconOf, titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { Empty, ErrorNote, Note } from "../components/note";
import { OrderWords } from "../components/order-row";
import { t } from "../i18n/texts";
import { go } from "../places";

const TYPING_MS = 400;

/** What waits in SMM, and what taking it means: list and confirmation in one view. */
export function Descargar() {
  const text = useSignal("");
  const found = useSignal<OrderInfo[] | null>(null);
  const chosen = useSignal<Map<number, OrderInfo>>(new Map());
  const missed = useSignal<number[]>([]);
  const load = useAction();
  const claim = useAction();
  const ask = () =>
    void load.run(async () => (found.value = (await call("orders.available", { search: text.value.trim() })).orders));
  useEffect(() => {
    const timer = window.setTimeout(ask, found.value ? TYPING_MS : 0);
    return () => clearTimeout(timer);
  }, [text.value]);
  const toggle = (order: OrderInfo) => {
    const next = new Map(chosen.value);
    if (!next.delete(order.id)) next.set(order.id, order);
    chosen.value = next;
  };
  const take = async () => {
    const wanted = [...chosen.value.keys()];
    const taken = new Set((await call("orders.claim", { orders: wanted })).orders.map((order) => order.id));
    missed.value = wanted.filter((id) => !taken.has(id));
    chosen.value = new Map();
    if (missed.value.length === 0) go("trabajo");
    else ask();
  };
  const offline = sync.value.online === false;
  return (
    <>
      <div class="body body--2">
        <section class="col" tabIndex={0} aria-label={t("get.title")} data-testid="available">
          <div class="head">
            <h1>{t("get.title")}</h1>
            <Search text={text.value} onText={(typed) => (text.value = typed)} />
          </div>
          {offline && (
            <div data-testid="get-offline">
              <Note tone="warn" icon="nonet">
                <b>{t("get.offline")}</b> {t("get.offline-do")}
              </Note>
            </div>
          )}
          <ErrorNote error={claim.error ?? (offline ? null : load.error)} />
          {missed.value.length > 0 && <Missed orders={missed.value} />}
          <Found orders={found.value} text={text.value.trim()} busy={load.busy} chosen={chosen.value} onToggle={toggle} />
        </section>
        <Taking orders={[...chosen.value.values()]} />
      </div>
      <footer class="actions">
        <Key label={t("new.back")} testid="back" onPress={() => go("trabajo")} />
        <Key icon="sync" label={t("get.retry")} busy={load.busy} testid="get-again" onPress={ask} />
        <Key
          kind="go"
          icon="in"
          label={t("get.ok")}
          detail={claim.busy ? t("get.taking") : t("get.ok-detail", { n: chosen.value.size })}
          busy={claim.busy}
          off={chosen.value.size === 0}
          testid="claim"
          onPress={() => void claim.run(take)}
        />
      </footer>
    </>
  );
}

function Search({ text, onText }: { text: string; onText: (typed: string) => void }) {
  return (
    <label class="input grow">
      <Icon name="search" />
      <span class="sr">{t("get.search")}</span>
      <input
        type="search"
        data-testid="get-search"
        placeholder={t("get.search")}
        maxLength={100}
        autocomplete="off"
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
      />
    </label>
  );
}

function Missed({ orders }: { orders: number[] }) {
  return (
    <div role="alert" data-testid="get-missed">
      <Note tone="bad" icon="alert">
        <b>{t("get.not-taken", { orders: orders.join(", ") })}</b> {t("get.not-taken-do")}
      </Note>
    </div>
  );
}

interface FoundProps {
  orders: OrderInfo[] | null;
  text: string;
  busy: boolean;
  chosen: Map<number, OrderInfo>;
  onToggle: (order: OrderInfo) => void;
}

function Found({ orders, text, busy, chosen, onToggle }: FoundProps) {
  if (orders === null) return busy ? <p class="cap">{t("get.loading")}</p> : null;
  if (orders.length === 0) {
    return <Empty icon="in" what={text ? t("get.none-found", { text }) : t("get.none")} todo={t("get.none-do")} />;
  }
  return (
    <>
      <div class="list">
        {orders.map((order) => (
          <AvailableRow key={order.id} order={order} chosen={chosen.has(order.id)} onToggle={() => onToggle(order)} />
        ))}
      </div>
      <Note icon="info">{t("get.others")}</Note>
    </>
  );
}

function AvailableRow({ order, chosen, onToggle }: { order: OrderInfo; chosen: boolean; onToggle: () => void }) {
  return (
    <button
      type="button"
      class="row"
      role="checkbox"
      aria-checked={chosen}
      data-testid={`available-${order.id}`}
      onClick={onToggle}
    >
      <Mark name={chosen ? "m-box-on" : "m-box"} />
      <Icon name={iconOf(order.activity)} />
      <OrderWords order={order} />
      <span class="num cap">{t("order.number", { n: order.id })}</span>
    </button>
  );
}

function Taking({ orders }: { orders: OrderInfo[] }) {
  const n = orders.length;
  return (
    <aside class="col col--sunk" tabIndex={0} aria-label={t("get.choose")}>
      <div class="head">
        <h2>{n === 0 ? t("get.choose") : n === 1 ? t("get.take-one") : t("get.take", { n })}</h2>
      </div>
      <ul>
        {orders.map((order) => (
          <li key={order.id} class="line">
            <Icon name={iconOf(order.activity)} />
            <span class="grow">
              <b>{titleOf(order.activity)}</b>
              <span class="cap block">{order.serial}</span>
              {order.summary}
            </span>
          </li>
        ))}
      </ul>
      <ul class="what">
        <li>
          <Icon name="user" />
          <span>{t("get.reserved", { user: user.value?.name ?? "" })}</span>
        </li>
        <li>
          <Icon name="lock" />
          <span>{t("get.locked")}</span>
        </li>
        <li>
          <Icon name="nonet" />
          <span>{t("get.kept")}</span>
        </li>
      </ul>
    </aside>
  );
}
