import { useSignal } from "@preact/signals";
import type { OrderInfo } from "../client/messages";
import { call } from "../client/socket";
import { orders } from "../client/state";
import { useAction } from "../components/action";
import { Confirm } from "../components/confirm";
import { Dialog } from "../components/dialog";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { SerialNumber } from "../components/meter";
import { Empty, ErrorNote } from "../components/note";
import { orderWords, startOrder } from "../components/order";
import { cellText } from "../components/sheet";
import { decimal, moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { go } from "../places";

const REASONS = ["no-access", "broken-display", "meter-not-found", "other"] as const;
const CHANGING = ["credit-charge", "change", "disconnect", "reconnect", "prepay-config"];

/** A claimed order: meter and activity are its own and stay as they are. */
export function Orden({ id }: { id: number }) {
  const order = orders.value.find((one) => one.id === id);
  if (!order) {
    return (
      <>
        <div class="body">
          <Empty icon="done" what={t("order.gone")} todo={t("orders.none-do")} />
        </div>
        <footer class="actions">
          <Key kind="go" label={t("new.back")} onPress={() => go("trabajo")} />
        </footer>
      </>
    );
  }
  return <Held order={order} />;
}

function Held({ order }: { order: OrderInfo }) {
  const asking = useSignal<"start" | "close" | null>(null);
  const action = useAction();
  const begin = () => {
    asking.value = null;
    void action.run(() => startOrder(order));
  };
  const giveBack = () =>
    void action.run(async () => {
      await call("orders.release", { orders: [order.id] });
      go("trabajo");
    });
  return (
    <>
      <div class="body body--top">
        <section class="col" tabIndex={0} aria-label={t("order.title", { id: order.id })}>
          <div class="head">
            <h1 class="grow">{titleOf(order.activity)}</h1>
            <SerialNumber serial={order.serial} size="sn--row" />
          </div>
          <ErrorNote error={order.gone ?? action.error} />
          <OrderFacts order={order} />
        </section>
      </div>
      <footer class="actions">
        <Key label={t("new.back")} onPress={() => go("trabajo")} />
        <Key label={t("order.release")} busy={action.busy} testid="release" onPress={giveBack} />
        {!order.gone && <Key label={t("order.close")} testid="close-order" onPress={() => (asking.value = "close")} />}
        <Key
          kind="go"
          icon="play"
          label={t("new.start")}
          off={order.gone !== null}
          busy={action.busy}
          testid="start"
          onPress={() => (CHANGING.includes(order.activity) ? (asking.value = "start") : begin())}
        />
      </footer>
      {asking.value === "start" && (
        <Confirm
          title={t("confirm.title", { activity: titleOf(order.activity) })}
          serial={order.serial}
          pod={order.pod}
          label={t("confirm.yes")}
          onYes={begin}
          onNo={() => (asking.value = null)}
        >
          <Parameters order={order} />
        </Confirm>
      )}
      {asking.value === "close" && <CloseDialog order={order} onClose={() => (asking.value = null)} />}
    </>
  );
}

function OrderFacts({ order }: { order: OrderInfo }) {
  return (
    <dl>
      <Fact name={t("order.number")}>{String(order.id)}</Fact>
      <Fact name={t("result.pod")}>{order.pod ?? "–"}</Fact>
      <Fact name={t("order.address")}>{order.address ?? "–"}</Fact>
      <Fact name={t("order.customer")}>{order.customer ?? "–"}</Fact>
      <Parameters order={order} />
      {order.lease_until && <Fact name={t("order.until")}>{moment(order.lease_until)}</Fact>}
    </dl>
  );
}

/** What is to be done; a sum of energy in Wh and kWh together. */
function Parameters({ order }: { order: OrderInfo }) {
  return (
    <>
      {order.parameters.map((row, i) => {
        const [name, value, unit] = row;
        const words = value ? cellText(value) : "–";
        const inWh = unit?.value === "Wh" && value ? ` = ${decimal((Number(value.value) / 1000).toFixed(3))} kWh` : "";
        return (
          <Fact key={i} name={name ? cellText(name) : ""}>
            <b class="big big--wrap" data-testid="order-parameter">
              {words} {unit?.value ?? ""}
              {inWh}
            </b>
          </Fact>
        );
      })}
    </>
  );
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div class="line">
      <dt class="grow">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The order could not be done: it goes back to SMM with the reason. */
function CloseDialog({ order, onClose }: { order: OrderInfo; onClose: () => void }) {
  const reason = useSignal<(typeof REASONS)[number]>("no-access");
  const note = useSignal("");
  const action = useAction();
  const close = () =>
    void action.run(async () => {
      await call("orders.close", { order: order.id, reason: reason.value, note: note.value });
      go("trabajo");
    });
  return (
    <Dialog
      title={t("order.close-title")}
      onClose={onClose}
      keys={
        <>
          <Key label={t("confirm.no")} onPress={onClose} />
          <Key kind="go" icon="check" label={t("order.close")} busy={action.busy} testid="close-yes" onPress={close} />
        </>
      }
    >
      <p class="cap">{orderWords(order)}</p>
      <ErrorNote error={action.error} />
      <div class="list" role="radiogroup" aria-label={t("order.close-title")}>
        {REASONS.map((one) => (
          <button
            key={one}
            type="button"
            class="row"
            role="radio"
            aria-checked={reason.value === one}
            data-testid={`close-${one}`}
            onClick={() => (reason.value = one)}
          >
            {t(`order.reason.${one}`)}
          </button>
        ))}
      </div>
      <label class="field">
        <span>{t("order.note")}</span>
        <span class="input">
          <input value={note.value} maxLength={500} onInput={(event) => (note.value = event.currentTarget.value)} />
        </span>
      </label>
    </Dialog>
  );
}
