import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ErrorInfo, OrderInfo } from "../client/messages";
import { call } from "../client/socket";
import { sync, user } from "../client/state";
import { type Action, useAction } from "../components/action";
import { Icon, Mark } from "../components/icons";
import { iconOf, titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { EmptyState, ErrorNote, Note } from "../components/note";
import { OrderWords } from "../components/order-row";
import { t } from "../i18n/texts";
import { go } from "../places";

const TYPING_MS = 400;

/** The orders available in SMM, and what claiming them means: list and confirmation in one view. */
export function Descargar() {
  const available = useAvailableOrders();
  const claim = useClaim(available.ask);
  const { load } = available;
  return (
    <>
      <div class="body body--2">
        <Available available={available} claim={claim} />
        <Claiming orders={[...claim.chosen.values()]} />
      </div>
      <footer class="actions">
        <Key label={t("new.back")} testid="back" onPress={() => go("trabajo")} />
        <Key icon="sync" label={t("get.retry")} busy={load.busy} testid="get-again" onPress={available.ask} />
        <Key
          kind="go"
          icon="in"
          label={t("get.ok")}
          detail={claim.busy ? t("get.taking") : t("get.ok-detail", { n: claim.chosen.size })}
          busy={claim.busy}
          off={claim.chosen.size === 0}
          testid="claim"
          onPress={claim.press}
        />
      </footer>
    </>
  );
}

interface AvailableOrders {
  text: Signal<string>;
  orders: OrderInfo[] | null;
  load: Action;
  ask: () => void;
}

/** What SMM has for the text that is typed. */
function useAvailableOrders(): AvailableOrders {
  const text = useSignal("");
  const orders = useSignal<OrderInfo[] | null>(null);
  const load = useAction();
  const ask = () =>
    void load.run(async () => (orders.value = (await call("orders.available", { search: text.value.trim() })).orders));
  useEffect(() => {
    const timer = window.setTimeout(ask, orders.value ? TYPING_MS : 0);
    return () => clearTimeout(timer);
  }, [text.value]);
  return { text, orders: orders.value, load, ask };
}

interface Claim {
  chosen: Map<number, OrderInfo>;
  /** Numbers of orders that could not be claimed. */
  missed: number[];
  busy: boolean;
  error: ErrorInfo | null;
  toggle: (order: OrderInfo) => void;
  press: () => void;
}

/** The orders chosen, and claiming them all; `onMissed` is called when some were not to be had. */
function useClaim(onMissed: () => void): Claim {
  const chosen = useSignal<Map<number, OrderInfo>>(new Map());
  const missed = useSignal<number[]>([]);
  const action = useAction();
  const toggle = (order: OrderInfo) => {
    const next = new Map(chosen.value);
    if (!next.delete(order.id)) next.set(order.id, order);
    chosen.value = next;
  };
  const claim = async () => {
    const wanted = [...chosen.value.keys()];
    const claimed = new Set((await call("orders.claim", { orders: wanted })).orders.map((order) => order.id));
    missed.value = wanted.filter((id) => !claimed.has(id));
    chosen.value = new Map();
    if (missed.value.length === 0) go("trabajo");
    else onMissed();
  };
  const { busy, error } = action;
  return { chosen: chosen.value, missed: missed.value, busy, error, toggle, press: () => void action.run(claim) };
}

function Available({ available, claim }: { available: AvailableOrders; claim: Claim }) {
  const { text, orders, load } = available;
  const offline = sync.value.online === false;
  return (
    <section class="col" tabIndex={0} aria-label={t("get.title")} data-testid="available">
      <div class="head">
        <h1>{t("get.title")}</h1>
        <Search text={text.value} onText={(typed) => (text.value = typed)} />
      </div>
      {offline && <Offline />}
      <ErrorNote error={claim.error ?? (offline ? null : load.error)} />
      {claim.missed.length > 0 && <Missed orders={claim.missed} />}
      <Found orders={orders} text={text.value.trim()} busy={load.busy} chosen={claim.chosen} onToggle={claim.toggle} />
    </section>
  );
}

function Offline() {
  return (
    <div data-testid="get-offline">
      <Note tone="warn" icon="nonet">
        <b>{t("get.offline")}</b> {t("get.offline-do")}
      </Note>
    </div>
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
    return <EmptyState icon="in" what={text ? t("get.none-found", { text }) : t("get.none")} todo={t("get.none-do")} />;
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

function Claiming({ orders }: { orders: OrderInfo[] }) {
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
