import type { ReadingView } from "../client/messages";
import { decimal } from "../i18n/format";
import { t } from "../i18n/texts";
import { Note, Warnings } from "./note";
import { Registers } from "./registers";

/** The energies of a reading: the total large, the registers below, and whether they add up. */
export function Energy({ reading }: { reading: ReadingView }) {
  return (
    <>
      <div>
        <p class="cap">{t("result.total")}</p>
        <p class="value" data-testid="result-total" data-value={reading.total.value}>
          {decimal(reading.total.value)}
          <small> {reading.total.unit}</small>
        </p>
      </div>
      <Warnings codes={reading.warnings} />
      <Registers rows={reading.registers} unit={reading.total.unit} />
      {reading.warnings.length === 0 && reading.registers.length > 0 && (
        <Note tone="ok" icon="check">
          {t("result.sum-ok")}
        </Note>
      )}
    </>
  );
}
