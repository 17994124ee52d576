import type { ComponentChildren } from "preact";
import type { JobInfo } from "../client/messages";
import { link, orders } from "../client/state";
import { useCard } from "../components/card";
import { Icon, Mark } from "../components/icons";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { ErrorNote, Note } from "../components/note";
import { Plate } from "../components/plate";
import { useCheck } from "../components/recover";
import { amountOf } from "../components/sheet";
import { ledOf } from "../components/link-phase";
import { clockSeconds, decimal } from "../i18n/format";
import { t } from "../i18n/texts";
import { leave } from "../places";

/** A change left for the meter and nobody knows what became of it: it is checked, never repeated. */
export function NoConocido({ job }: { job: JobInfo }) {
  const check = useCheck(job);
  return (
    <>
      <Known job={job} title={t("unknown.title")} rule={t(`unknown.do-not.${kindOf(job)}`)} text={t(`unknown.text.${kindOf(job)}`)}>
        <section class="col col--sunk" tabIndex={0} aria-label={t("unknown.known")}>
          <div class="head">
            <h2>{t("unknown.known")}</h2>
          </div>
          <ErrorNote error={check.error} />
          <Trace job={job} />
          {kindOf(job) === "charge" && <Note icon="lock">{t("unknown.blocked")}</Note>}
          <Note icon="info">{t("unknown.only-reads")}</Note>
        </section>
      </Known>
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

/** The meter was asked and cannot tell: a person decides. */
export function Indeciso({ job }: { job: JobInfo }) {
  return (
    <>
      <Known job={job} title={t("undecided.title")} rule={t("undecided.do")} text={t("undecided.text")}>
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
      </Known>
      <footer class="actions">
        <Key kind="go" icon="next" label={t("undecided.go")} testid="to-ejecutado" onPress={() => leave("ejecutado")} />
      </footer>
    </>
  );
}

interface KnownProps {
  job: JobInfo;
  title: string;
  rule: string;
  text: string;
  children: ComponentChildren;
}

/** Hatched, as everything is that is not known. */
function Known({ job, title, rule, text, children }: KnownProps) {
  const { card } = useCard(job.serial);
  const order = orders.value.find((one) => one.id === job.order);
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

function Trace({ job }: { job: JobInfo }) {
  const connected = link.value.state === "ready";
  return (
    <ol class="trace">
      <li>
        <Mark name="m-done" label={t("mark.done")} />
        <time>{clockSeconds(job.created_at)}</time>
        <span>{t("unknown.intent")}</span>
      </li>
      <li>
        <Mark name="m-done" label={t("mark.done")} />
        <time>—</time>
        <span>{t("unknown.left")}</span>
      </li>
      <li>
        <Mark name="m-unknown" label={t("mark.unknown")} />
        <time>—</time>
        <span>
          <b>{t("unknown.no-answer")}</b>
        </span>
      </li>
      <li>
        <Mark name={ledOf(link.value)} />
        <time>—</time>
        <span>{connected ? t("unknown.bird") : t("unknown.no-bird")}</span>
      </li>
    </ol>
  );
}
