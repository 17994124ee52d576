import { useSignal } from "@preact/signals";
import { isRisky } from "../activities";
import type { ErrorInfo, JobInfo, OrderInfo } from "../client/messages";
import { isOutcomeOpen } from "../client/progress";
import { startJob } from "../client/start";
import { heldOrders } from "../client/orders";
import { pending } from "../client/state";
import { type Action, useAction } from "../components/action";
import { type CardLookup, useCard } from "../components/card";
import { Icon } from "../components/icons";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { EmptyState, ErrorNote, Note } from "../components/note";
import { CloseDialog, ReleaseDialog, useGiveBack } from "../components/order-end";
import { MeterTrouble, Plate } from "../components/plate";
import { Sheet } from "../components/sheet";
import { StartKey } from "../components/start-key";
import { moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { go, watch } from "../places";
import { Confirmar } from "./confirmar";

type Asking = "nothing" | "confirm" | "release" | "close";

/** One work order: its meter and activity are fixed, its parameters shown. */
export function Orden({ id }: { id: number }) {
  const order = heldOrders.value.find((one) => one.id === id);
  if (order) return <Held key={id} order={order} />;
  return (
    <>
      <div class="body body--top">
        <section class="col">
          <h1 class="head">{t("order.number", { n: id })}</h1>
          <EmptyState icon="done" what={t("order.missing")} todo={t("order.missing-do")} />
        </section>
      </div>
      <footer class="actions">
        <Key kind="go" icon="check" label={t("new.back")} testid="back" onPress={() => go("trabajo")} />
      </footer>
    </>
  );
}

function Held({ order }: { order: OrderInfo }) {
  const begin = useAction();
  const asking = useSignal<Asking>("nothing");
  const lookup = useCard(order.serial);
  const open = openJob(order);
  const { activity, serial } = order;
  const start = () => void begin.run(async () => watch(await startJob(activity, serial, { order: order.id })));
  const stop = () => (asking.value = "nothing");
  if (asking.value === "confirm" && isRisky(activity)) {
    const job = { activity, serial, facts: order, rows: order.parameters, reason: null };
    return <Confirmar job={job} begin={begin} onYes={start} onNo={stop} />;
  }
  return (
    <>
      <div class="body body--2">
        <Task order={order} open={open} lookup={lookup} error={begin.error} />
        <About order={order} fixed={open !== undefined} onRelease={() => (asking.value = "release")} onClose={() => (asking.value = "close")} />
      </div>
      <Keys order={order} begin={begin} open={open} onStart={isRisky(activity) ? () => (asking.value = "confirm") : start} />
      {asking.value === "release" && <ReleaseDialog order={order} onClose={stop} />}
      {asking.value === "close" && <CloseDialog order={order} onClose={stop} />}
    </>
  );
}

interface TaskProps {
  order: OrderInfo;
  open: JobInfo | undefined;
  lookup: CardLookup;
  error: ErrorInfo | null;
}

function Task({ order, open, lookup, error }: TaskProps) {
  return (
    <section class="col" tabIndex={0} aria-label={titleOf(order.activity)} data-testid="order">
      <div class="head">
        <h1 class="grow">{titleOf(order.activity)}</h1>
        <span class="cap">{t("order.number", { n: order.id })}</span>
      </div>
      <ErrorNote error={order.gone ?? error} />
      <Plate serial={order.serial} facts={order} />
      <p class="cardline cap">
        <Icon name="lock" size="i--s" />
        <span>{t("order.locked")}</span>
      </p>
      {open ? <OpenJob job={open} /> : <MeterTrouble card={lookup.card} error={lookup.error} />}
      <h2>{t("order.parameters")}</h2>
      {order.parameters.length > 0 ? (
        <Sheet columns={["item", "value", "unit"]} rows={order.parameters} />
      ) : (
        <p>{t("order.no-parameters")}</p>
      )}
    </section>
  );
}

/** The job of this order whose outcome is open. */
function openJob(order: OrderInfo): JobInfo | undefined {
  return pending.value.find((job) => job.order === order.id && isOutcomeOpen(job));
}

function OpenJob({ job }: { job: JobInfo }) {
  return (
    <div data-testid="open-job" data-job={job.id}>
      <Note tone="bad" icon="alert">
        <b>{t("order.open-job")}</b> {t("order.open-job-do")}
      </Note>
    </div>
  );
}

interface AboutProps {
  order: OrderInfo;
  /** Its outcome is open: it can be neither closed nor given back. */
  fixed: boolean;
  onRelease: () => void;
  onClose: () => void;
}

function About({ order, fixed, onRelease, onClose }: AboutProps) {
  return (
    <aside class="col col--sunk" tabIndex={0} aria-label={t("order.order")}>
      <div class="head">
        <h2>{t("order.order")}</h2>
      </div>
      {order.summary && <p class="lead">{order.summary}</p>}
      <dl>
        <div class="line">
          <dt class="grow">{t("order.lease-name")}</dt>
          <dd>{order.lease_until && moment(order.lease_until)}</dd>
        </div>
        <div class="line">
          <dt class="grow">{t("order.by")}</dt>
          <dd>{order.created_by}</dd>
        </div>
        <div class="line">
          <dt class="grow">{t("order.at")}</dt>
          <dd>{moment(order.inserted_at)}</dd>
        </div>
      </dl>
      {!order.gone && !fixed && (
        <div class="list foot">
          <Key icon="cross" label={t("order.close")} testid="order-close" onPress={onClose} />
          <Key icon="out" label={t("order.release")} testid="order-release" onPress={onRelease} />
        </div>
      )}
    </aside>
  );
}

interface KeysProps {
  order: OrderInfo;
  begin: Action;
  open: JobInfo | undefined;
  onStart: () => void;
}

/** An order that SMM has taken away can only be put out of sight; one with an open outcome leads to it. */
function Keys({ order, begin, open, onStart }: KeysProps) {
  const remove = useGiveBack(order);
  return (
    <footer class="actions">
      <Key label={t("new.back")} testid="back" onPress={() => go("trabajo")} />
      <div class="reason">{remove.error && <ErrorNote error={remove.error} />}</div>
      {order.gone ? (
        <Key kind="go" icon="cross" label={t("order.forget")} busy={remove.busy} testid="order-forget" onPress={remove.press} />
      ) : open ? (
        <Key kind="go" icon="next" label={t("undecided.go")} testid="to-ejecutado" onPress={() => go("ejecutado")} />
      ) : (
        <StartKey activity={order.activity} begin={begin} onPress={onStart} />
      )}
    </footer>
  );
}
