import type { JobView } from "../client/messages";
import { t } from "../i18n/texts";
import { Dialog } from "./dialog";
import { Key } from "./key";
import { Note } from "./note";

export function SavedNote({ path }: { path: string }) {
  return (
    <div role="status" data-testid="csv-saved">
      <Note tone="ok" icon="check">
        <span class="path">{t("result.saved", { path })}</span>
      </Note>
    </div>
  );
}

export function CsvDialog({ view, onClose }: { view: JobView; onClose: () => void }) {
  return (
    <Dialog
      title={t("csv.title")}
      onClose={onClose}
      keys={<Key label={t("close")} testid="csv-close" onPress={onClose} />}
    >
      <p class="mono path">{view.csv_name}</p>
      <pre class="csv" tabIndex={0} data-testid="csv-text">
        {view.csv}
      </pre>
    </Dialog>
  );
}
