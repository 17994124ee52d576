import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JobView, ReadingView } from "../client/messages";
import { call } from "../client/socket";
import { pending } from "../client/state";
import { useAction } from "../components/action";
import { Dialog } from "../components/dialog";
import { Mark } from "../components/icons";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { SerialNumber } from "../components/meter";
import { ErrorNote, Note } from "../components/note";
import { Registers } from "../components/registers";
import { JobFacts, MeterFacts } from "../components/reading-facts";
import { OtherResult } from "../components/sheet";
import { decimal } from "../i18n/format";
import { language, optionalText, t } from "../i18n/texts";
import { go, watched } from "../places";

/** What a job brought: the register sheet, the meter's state, and its CSV. */
export function Resultado({ id, from }: { id: string; from: "trabajo" | "ejecutado" }) {
  const view = useSignal<JobView | null>(null);
  const load = useAction();
  const save = useAction();
  const saved = useSignal<string | null>(null);
  const csvOpen = useSignal(false);
  const waiting = pending.value;
  const spoken = language.value;
  useEffect(() => {
    void load.run(async () => (view.value = await call("job.view", { job: id })));
  }, [id, waiting, spoken]);
  const close = () => {
    if (from === "trabajo") watched.value = null;
    go(from);
  };
  const shown = view.value;
  return (
    <>
      <div class="body body--2">
        <section class="col" tabIndex={0} aria-label={t("result.total")} data-testid={shown ? "result" : undefined}>
          {shown ? <Head view={shown} /> : <h1 class="head">{t("result.loading")}</h1>}
          <ErrorNote error={load.error ?? save.error} />
          {saved.value && <SavedNote path={saved.value} />}
          {shown?.result?.kind === "reading" ? <Energy reading={shown.result} /> : shown && <OtherResult view={shown} />}
        </section>
        <aside class="col col--sunk" tabIndex={0} aria-label={t("result.meter")}>
          {shown?.result?.kind === "reading" ? (
            <MeterFacts view={shown} reading={shown.result} />
          ) : (
            shown && <JobFacts view={shown} />
          )}
        </aside>
      </div>
      <footer class="actions">
        {shown?.csv_name && (
          <>
            {shown.csv && (
              <Key icon="table" label={t("result.csv-view")} testid="csv-view" onPress={() => (csvOpen.value = true)} />
            )}
            <Key
              icon="in"
              label={t("result.csv-save")}
              busy={save.busy}
              testid="csv-save"
              onPress={() => void save.run(async () => (saved.value = (await call("job.save_csv", { job: id })).path))}
            />
          </>
        )}
        <Key kind="go" icon="check" label={t("result.done-key")} testid="done" onPress={close} />
      </footer>
      {csvOpen.value && shown?.csv && <Csv view={shown} onClose={() => (csvOpen.value = false)} />}
    </>
  );
}

function Head({ view }: { view: JobView }) {
  return (
    <div class="head">
      <Mark name="m-done" extra="big-mark" label={t("job.done")} />
      <h1 class="grow">{t("result.done", { activity: titleOf(view.job.activity) })}</h1>
      <SerialNumber serial={view.job.serial} size="sn--row" />
    </div>
  );
}

function SavedNote({ path }: { path: string }) {
  return (
    <div role="status" data-testid="csv-saved">
      <Note tone="ok" icon="check">
        <span class="path">{t("result.saved", { path })}</span>
      </Note>
    </div>
  );
}

function Energy({ reading }: { reading: ReadingView }) {
  return (
    <>
      <div>
        <p class="cap">{t("result.total")}</p>
        <p class="value" data-testid="result-total" data-value={reading.total.value}>
          {decimal(reading.total.value)}
          <small> {reading.total.unit}</small>
        </p>
      </div>
      <Registers rows={reading.registers} unit={reading.total.unit} />
      {reading.warnings.length === 0 && reading.registers.length > 0 && (
        <Note tone="ok" icon="check">
          {t("result.sum-ok")}
        </Note>
      )}
      {reading.warnings.map((code) => (
        <Note key={code} tone="warn" icon="alert">
          <b>{optionalText(`result.${code}`) ?? t("result.warning", { code })}</b>
        </Note>
      ))}
    </>
  );
}

function Csv({ view, onClose }: { view: JobView; onClose: () => void }) {
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
