import type { JobView } from "../client/messages";
import { decimal } from "../i18n/format";
import { t } from "../i18n/texts";
import { Dialog } from "./dialog";
import { Key } from "./key";
import { Note } from "./note";

const SHOWN = 500;

export function SavedNote({ path }: { path: string }) {
  return (
    <div role="status" data-testid="csv-saved">
      <Note tone="ok" icon="check">
        <span class="path">{t("result.saved", { path })}</span>
      </Note>
    </div>
  );
}

/** The file's text; of a long one only the beginning, as nobody reads on and it would be slow. */
export function CsvDialog({ view, onClose }: { view: JobView; onClose: () => void }) {
  const lines = (view.csv ?? "").trimEnd().split("\r\n");
  return (
    <Dialog
      title={t("csv.title")}
      onClose={onClose}
      keys={<Key label={t("close")} testid="csv-close" onPress={onClose} />}
    >
      <p class="mono path">{view.csv_name}</p>
      {lines.length > SHOWN && (
        <p class="cap">{t("profile.csv-first", { n: SHOWN, total: decimal(String(lines.length)) })}</p>
      )}
      <pre class="csv" tabIndex={0} data-testid="csv-text">
        {lines.slice(0, SHOWN).join("\n")}
      </pre>
    </Dialog>
  );
}
