import type { RiskyActivity } from "../activities";
import type { OrderInfo } from "../client/messages";
import type { Action } from "../components/action";
import { Mark } from "../components/icons";
import { iconOf, titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { ErrorNote } from "../components/note";
import { type MeterFacts, Plate } from "../components/plate";
import { Sheet, amountOf } from "../components/sheet";
import { decimal, kilo } from "../i18n/format";
import { t } from "../i18n/texts";

/** A job that is confirmed before it starts. */
export interface RiskyJob {
  activity: RiskyActivity;
  serial: string;
  facts: MeterFacts | null;
  rows: OrderInfo["parameters"];
  reason: string | null;
}

interface ConfirmarProps {
  job: RiskyJob;
  begin: Action;
  onYes: () => void;
  onNo: () => void;
}

/** The last look before something costly: the meter, the customer's POD, what will be done. */
export function Confirmar({ job, begin, onYes, onNo }: ConfirmarProps) {
  const { activity } = job;
  const amount = activity === "credit-charge" ? amountOf(job.rows, "charge") : null;
  const yes = amount ? t("sure.charge-amount", { amount: decimal(amount) }) : t(`sure.yes.${activity}`);
  return (
    <>
      <div class="body body--2e" data-testid="confirm">
        <section class="col" tabIndex={0} aria-label={t(`sure.title.${activity}`)}>
          <div class="head">
            <h1>{t(`sure.title.${activity}`)}</h1>
          </div>
          <Plate serial={job.serial} facts={job.facts} />
          <ErrorNote error={begin.error} />
          <Promises activity={activity} />
        </section>
        <section class="col col--sunk" tabIndex={0} aria-label={titleOf(activity)}>
          <div class="head">
            <h2>{titleOf(activity)}</h2>
          </div>
          {amount ? <Amount wh={amount} /> : <Effect job={job} />}
        </section>
      </div>
      <footer class="actions actions--risk">
        <Key icon="cross" label={t(`sure.no.${activity}`)} testid="confirm-no" onPress={onNo} />
        <Key
          kind="go"
          icon={iconOf(activity)}
          label={yes}
          detail={begin.busy ? t("new.starting") : undefined}
          busy={begin.busy}
          testid="confirm-yes"
          onPress={onYes}
        />
      </footer>
    </>
  );
}

function Promises({ activity }: { activity: RiskyActivity }) {
  return (
    <ul class="trace">
      {(["meter", "once", "saved"] as const).map((promise) => (
        <li key={promise}>
          <Mark name="m-todo" label={t("mark.todo")} />
          <span>
            <b>{promise === "once" ? t(`sure.once.${activity}`) : t(`sure.${promise}`)}</b>
            <span class="cap block">{t(`sure.${promise}-why`)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Wh and kWh together, so that no thousand is lost. */
function Amount({ wh }: { wh: string }) {
  return (
    <div class="sum sum--l" data-testid="confirm-amount">
      <span class="k">{t("sure.amount")}</span>
      <span class="v charge">+{decimal(wh)}</span>
      <span class="u">Wh</span>
      <hr />
      <span class="k">{t("sure.that-is")}</span>
      <span class="v">{kilo(wh)}</span>
      <span class="u">kWh</span>
    </div>
  );
}

function Effect({ job }: { job: RiskyJob }) {
  return (
    <>
      <p class="lead">{t(`sure.what.${job.activity}`)}</p>
      {job.reason && (
        <div>
          <p class="cap">{t("ask.reason")}</p>
          <p class="big big--wrap">{job.reason}</p>
        </div>
      )}
      {job.rows.length > 0 && <Sheet columns={["item", "value", "unit"]} rows={job.rows} />}
    </>
  );
}
