import type { ComponentChildren } from "preact";
import type { JobInfo } from "../client/messages";
import { heldOrders } from "../client/orders";
import { link } from "../client/state";
import { useCard } from "../components/card";
import { Icon, Mark } from "../components/icons";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { ledOf } from "../components/link-phase";
import { ErrorNote, Note } from "../components/note";
import { Plate } from "../components/plate";
import { useCheck } from "../components/recover";
import { amountOf } from "../components/sheet";
import { clockSeconds, decimal } from "../i18n/format";
import { t } from "../i18n/texts";
import { leave } from "../places";

/** A change was sent and nobody knows what became of it: it is checked, never repeated. */
export function NoConocido({ job }: { job: JobInfo }) {
  const check = useCheck(job);
  const kind = kindOf(job);
  return (
    <>
      <OpenOutcome job={job} title={t("unknown.title")} rule={t(`unknown.do-not.${kind}`)} text={t(`unknown.text.${kind}`)}>
        <section class="col col--sunk" tabIndex={0} aria-label={t("unknown.known")}>
          <div class="head">
            <h2>{t("unknown.known")}</h2>
          </div>
          <ErrorNote error={check.error} />
          <Trace job={job} />
          {kind === "charge" && <Note icon="lock">{t("unknown.blocked")}</Note>}
          <Note icon="info">{t("unknown.only-reads")}</Note>
        </section>
      </OpenOutcome>
      <footer class="actions">
        <Key label={t("unknown.later")} testid="later" onPress={() => leave("ejecutado")} />
        <Key
          kind="go"
          icon="search"
          label={t("unknown.check")}
          detail={check.busy ? t("unknown.checking") : undefined}
          busy={check.busy}
          testid="check"
          onPress={check.press}
        />
      </footer>
    </>
  );
}

/** The meter was asked and cannot tell: a person in SMM decides. */
export function Indeciso({ job }: { job: JobInfo }) {
  return (
    <>
      <OpenOutcome job={job} title={t("undecided.title")} rule={t("undecided.do")} text={t("undecided.text")}>
        <section class="col col--sunk" tabIndex={0} aria-label={t("undecided.what")}>
          <div class="head">
            <h2>{t("undecided.what")}</h2>
          </div>
          <ul class="what">
            <li>
              <Icon name="out" />
              <span>{t("undecided.sent")}</span>
            </li>
            <li>
              <Icon name="user" />
              <span>{t("undecided.person")}</span>
            </li>
            {kindOf(job) === "charge" && (
              <li>
                <Icon name="lock" />
                <span>{t("undecided.free")}</span>
              </li>
            )}
          </ul>
        </section>
      </OpenOutcome>
      <footer class="actions">
        <Key kind="go" icon="next" label={t("undecided.go")} testid="to-ejecutado" onPress={() => leave("ejecutado")} />
      </footer>
    </>
  );
}

interface OpenOutcomeProps {
  job: JobInfo;
  title: string;
  rule: string;
  text: string;
  children: ComponentChildren;
}

/** Hatched, as everything that is not known. */
function OpenOutcome({ job, title, rule, text, children }: OpenOutcomeProps) {
  const { card } = useCard(job.serial);
  const order = heldOrders.value.find((one) => one.id === job.order);
  const amount = order ? amountOf(order.parameters, "charge") : null;
  return (
    <div class="body body--hatched" data-testid={job.state} role="alert">
      <div class="hatchband" />
      <div class="body body--2e">
        <section class="col" tabIndex={0} aria-label={titleOf(job.activity)}>
          <div class="head">
            <Mark name="m-unknown" extra="big-mark" label={t("mark.unknown")} />
            <h1>
              {title}
              <br />
              <span class="bad">{rule}</span>
            </h1>
          </div>
          <p class="lead">{text}</p>
          <p class="cap">{titleOf(job.activity)}</p>
          <Plate serial={job.serial} facts={order ?? card} small />
          {amount && <Sum amount={amount} />}
        </section>
        {children}
      </div>
    </div>
  );
}

function kindOf(job: JobInfo): "charge" | "other" {
  return job.activity === "credit-charge" ? "charge" : "other";
}

function Sum({ amount }: { amount: string }) {
  return (
    <div class="sum">
      <span class="k">{t("unknown.sent")}</span>
      <span class="v">+{decimal(amount)}</span>
      <span class="u">Wh</span>
      <hr />
      <span class="k">{t("sum.after")}</span>
      <span class="hatched" role="img" aria-label={t("mark.unknown")} />
      <span class="u">Wh</span>
    </div>
  );
}

/** What is known so far, as a list; only the first moment has a time. */
function Trace({ job }: { job: JobInfo }) {
  const connected = link.value.state === "ready";
  return (
    <ol class="trace">
      <TraceLine mark="m-done" label={t("mark.done")} time={clockSeconds(job.created_at)}>
        {t("unknown.intent")}
      </TraceLine>
      <TraceLine mark="m-done" label={t("mark.done")}>
        {t("unknown.left")}
      </TraceLine>
      <TraceLine mark="m-unknown" label={t("mark.unknown")}>
        <b>{t("unknown.no-answer")}</b>
      </TraceLine>
      <TraceLine mark={ledOf(link.value)}>{connected ? t("unknown.bird") : t("unknown.no-bird")}</TraceLine>
    </ol>
  );
}

interface TraceLineProps {
  mark: string;
  label?: string;
  time?: string;
  children: ComponentChildren;
}

function TraceLine({ mark, label, time = "—", children }: TraceLineProps) {
  return (
    <li>
      <Mark name={mark} {...(label ? { label } : {})} />
      <time>{time}</time>
      <span>{children}</span>
    </li>
  );
}
