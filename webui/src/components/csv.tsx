import { type Signal, useSignal } from "@preact/signals";
import type { JobInfo, JobView } from "../client/messages";
import { call } from "../client/socket";
import { decimal } from "../i18n/format";
import { t } from "../i18n/texts";
import { type Action, useAction } from "./action";
import { Dialog } from "./dialog";
import { Key } from "./key";
import { Note } from "./note";

const LINES_SHOWN = 500;

export interface CsvFile {
  saving: Action;
  /** Where it was saved. */
  path: string | null;
  save: () => void;
  /** Its text is shown in a dialog. */
  shown: Signal<boolean>;
}

/** The job's CSV file: saving it in the tablet's folder, and looking at it. */
export function useCsvFile(job: JobInfo): CsvFile {
  const saving = useAction();
  const path = useSignal<string | null>(null);
  const save = () => void saving.run(async () => (path.value = (await call("job.save_csv", { job: job.id })).path));
  return { saving, path: path.value, save, shown: useSignal(false) };
}

export function SavedNote({ path }: { path: string }) {
  return (
    <div role="status" data-testid="csv-saved">
      <Note tone="ok" icon="check">
        <span class="path">{t("result.saved", { path })}</span>
      </Note>
    </div>
  );
}

/** Of a long file only the beginning: nobody reads on, and it would be slow. */
export function CsvDialog({ view, onClose }: { view: JobView; onClose: () => void }) {
  const lines = (view.csv ?? "").trimEnd().split("\r\n");
  return (
    <Dialog
      title={t("csv.title")}
      onClose={onClose}
      keys={<Key label={t("close")} testid="csv-close" onPress={onClose} />}
    >
      <p class="mono path">{view.csv_name}</p>
      {lines.length > LINES_SHOWN && (
        <p class="cap">{t("profile.csv-first", { n: LINES_SHOWN, total: decimal(String(lines.length)) })}</p>
      )}
      <pre class="csv" tabIndex={0} data-testid="csv-text">
        {lines.slice(0, LINES_SHOWN).join("\n")}
      </pre>
    </Dialog>
  );
}
