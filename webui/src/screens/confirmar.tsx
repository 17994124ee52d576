import type { Activity, OrderInfo } from "../client/messages";
import type { Action } from "../components/action";
import { Mark } from "../components/icons";
import { iconOf, titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { ErrorNote } from "../components/note";
import { type MeterFacts, Plate } from "../components/plate";
import { Sheet, amountOf } from "../components/sheet";
import { decimal, kilo } from "../i18n/format";
import { t } from "../i18n/texts";

export interface Change {
  activity: Activity;
  serial: string;
  facts: MeterFacts | null;
  rows: OrderInfo["parameters"];
  reason: string | null;
}

interface ConfirmarProps {
  change: Change;
  begin: Action;
  onYes: () => void;
  onNo: () => void;
}

type Risky = "disconnect" | "credit-charge" | "change";

/** The last look before something costly: the meter, the customer's POD, the amount. */
export function Confirmar({ change, begin, onYes, onNo }: ConfirmarProps) {
  const risky = change.activity as Risky;
  const amount = risky === "credit-charge" ? amountOf(change.rows, "charge") : null;
  const yes = amount ? t("sure.charge-amount", { amount: decimal(amount) }) : t(`sure.yes.${risky}`);
  return (
    <>
      <div class="body body--2e" data-testid="confirm">
        <section class="col" tabIndex={0} aria-label={t(`sure.title.${risky}`)}>
          <div class="head">
            <h1>{t(`sure.title.${risky}`)}</h1>
          </div>
          <Plate serial={change.serial} facts={change.facts} />
          <ErrorNote error={begin.error} />
          <Promises risky={risky} />
        </section>
        <section class="col col--sunk" tabIndex={0} aria-label={titleOf(change.activity)}>
          <div class="head">
            <h2>{titleOf(change.activity)}</h2>
          </div>
          {amount ? <Amount wh={amount} /> : <What change={change} />}
        </section>
      </div>
      <footer class="actions actions--risk">
        <Key icon="cross" label={t(`sure.no.${risky}`)} testid="confirm-no" onPress={onNo} />
        <Key
          kind="go"
          icon={iconOf(change.activity)}
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

function Promises({ risky }: { risky: Risky }) {
  return (
    <ul class="trace">
      {(["meter", "once", "saved"] as const).map((promise) => (
        <li key={promise}>
          <Mark name="m-todo" label={t("mark.todo")} />
          <span>
            <b>{promise === "once" ? t(`sure.once.${risky}`) : t(`sure.${promise}`)}</b>
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

function What({ change }: { change: Change }) {
  return (
    <>
      <p class="lead">{t(`sure.what.${change.activity as Risky}`)}</p>
      {change.reason && (
        <div>
          <p class="cap">{t("ask.reason")}</p>
          <p class="big big--wrap">{change.reason}</p>
        </div>
      )}
      {change.rows.length > 0 && <Sheet columns={["item", "value", "unit"]} rows={change.rows} />}
    </>
  );
}
