import { useSignal } from "@preact/signals";
import type { ExportedFiles } from "../client/messages";
import { call } from "../client/socket";
import { sync } from "../client/state";
import { t } from "../i18n/texts";
import { useAction } from "./action";
import { Key } from "./key";
import { ErrorNote, Note } from "./note";

/** Writes all that waits into a file that only SMM can open: another way there when this tablet has none. */
export function ExportKey() {
  const exporting = useAction();
  const result = useSignal<ExportedFiles | null>(null);
  const { waiting, refused } = sync.value;
  if (waiting + refused === 0) return null;
  const press = () =>
    void exporting.run(async () => {
      result.value = await call("sync.export");
    });
  return (
    <>
      <div class="tools">
        <Key icon="file" label={t("done.export")} busy={exporting.busy} testid="export" onPress={press} />
      </div>
      <ErrorNote error={exporting.error} />
      {result.value && (
        <Note tone="ok" icon="check">
          <span data-testid="exported">{words(result.value)}</span>
        </Note>
      )}
    </>
  );
}

function words({ files, count }: ExportedFiles): string {
  return count === 0 ? t("done.export-none") : t("done.exported", { n: count, file: files.join(", ") });
}
