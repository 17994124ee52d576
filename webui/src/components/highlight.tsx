import type { Activity, SheetCell, SheetView } from "../client/messages";
import { decimal } from "../i18n/format";
import { t } from "../i18n/texts";
import { Icon } from "./icons";
import { Note } from "./note";
import { cellOf, cellText, inWords } from "./sheet";

/** What a technician looks for first: the sum of a charge, the credit, or before and after. */
export function Highlight({ activity, view }: { activity: Activity; view: SheetView }) {
  if (activity === "credit-charge") return <ChargeSum view={view} />;
  if (activity === "credit-read") return <Credit view={view} />;
  return (
    <>
      <Changed view={view} />
      {cellOf(view, "outcome", "after")?.value === "ready" && (
        <Note tone="warn" icon="alert">
          <b>{t("result.press-button")}</b> {t("result.press-button-why")}
        </Note>
      )}
    </>
  );
}

/** Credit before, charge and credit after, written as a sum. */
function ChargeSum({ view }: { view: SheetView }) {
  const [before, charged, after] = [
    cellOf(view, "credit", "before"),
    cellOf(view, "charged", "after"),
    cellOf(view, "credit", "after"),
  ];
  return (
    <div class="sum sum--l" data-testid="result-sum">
      <Addend name={t("sum.before")} cell={before} />
      <Addend name={t("sum.charge")} cell={charged} sign="+" />
      <hr />
      <Addend name={t("sum.after")} cell={after} />
    </div>
  );
}

function Addend({ name, cell, sign = "" }: { name: string; cell: SheetCell | null; sign?: string }) {
  return (
    <>
      <span class="k">{name}</span>
      {cell ? (
        <span class={sign ? "v charge" : "v"}>
          {sign}
          {decimal(cell.value)}
        </span>
      ) : (
        <span class="hatched" role="img" aria-label={t("result.none")} />
      )}
      <span class="u">Wh</span>
    </>
  );
}

function Credit({ view }: { view: SheetView }) {
  const credit = cellOf(view, "credit", "value");
  return credit ? (
    <div>
      <p class="cap">{inWords("credit")}</p>
      <p class="value" data-testid="result-credit" data-value={credit.value}>
        {decimal(credit.value)}
        <small> {cellOf(view, "credit", "unit")?.value}</small>
      </p>
    </div>
  ) : null;
}

/** Rows that have a before and an after, large. */
function Changed({ view }: { view: SheetView }) {
  const [from, to] = [view.columns.indexOf("before"), view.columns.indexOf("after")];
  const rows = view.rows.filter((row) => from > 0 && row[from] && row[to] && row[0]?.value !== "output");
  return (
    <>
      {rows.map((row) => (
        <div key={row[0]?.value} class="became" data-testid={`became-${row[0]?.value}`}>
          <p class="cap">{row[0] && inWords(row[0].value)}</p>
          <p class="big big--wrap">
            <State cell={row[from] ?? null} row={row} />
            <Icon name="arrow" />
            <b>
              <State cell={row[to] ?? null} row={row} />
            </b>
          </p>
        </div>
      ))}
    </>
  );
}

const BREAKERS: Record<string, string> = { connected: "closed", disconnected: "open", ready: "open" };

function State({ cell, row }: { cell: SheetCell | null; row: SheetView["rows"][number] }) {
  if (!cell) return null;
  const breaker = cell.kind === "word" && row[0]?.value === "breaker" ? BREAKERS[cell.value] : undefined;
  const unit = cell.kind === "number" ? row.at(-1)?.value : null;
  return (
    <span>
      {breaker && <Icon name={breaker} />} {cellText(cell, row)}
      {unit && <small> {unit}</small>}
    </span>
  );
}
