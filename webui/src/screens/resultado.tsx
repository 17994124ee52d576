import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Activity, JobView, SheetView } from "../client/messages";
import { call } from "../client/socket";
import { pending } from "../client/state";
import { useAction } from "../components/action";
import { CsvDialog, type CsvFile, SavedNote, useCsvFile } from "../components/csv";
import { Energy } from "../components/energy";
import { JobFacts, MeterHead } from "../components/facts";
import { Highlight } from "../components/highlight";
import { Mark } from "../components/icons";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { ErrorNote, Warnings } from "../components/note";
import { MeterFacts } from "../components/reading-facts";
import { SerialNumber } from "../components/serial-number";
import { Sheet } from "../components/sheet";
import { draftJob } from "../draft";
import { language, t } from "../i18n/texts";
import { go, leave } from "../places";
import { Perfil } from "./perfil";

/** The result of a job: its values, its meter, its CSV file. */
export function Resultado({ id, from }: { id: string; from: "trabajo" | "ejecutado" }) {
  const view = useSignal<JobView | null>(null);
  const load = useAction();
  const waiting = pending.value;
  const inLanguage = language.value;
  useEffect(() => {
    void load.run(async () => (view.value = await call("job.view", { job: id })));
  }, [id, waiting, inLanguage]);
  const shown = view.value;
  const close = () => (from === "trabajo" ? leave(from) : go(from));
  if (shown?.result?.kind === "load-profile") return <Perfil view={shown} profile={shown.result} onClose={close} />;
  if (shown) return <Shown view={shown} onClose={close} />;
  return (
    <>
      <div class="body">
        <section class="col">
          <h1 class="head">{t("result.loading")}</h1>
          <ErrorNote error={load.error} />
        </section>
      </div>
      <footer class="actions">
        <Key kind="go" icon="check" label={t("result.done-key")} testid="done" onPress={close} />
      </footer>
    </>
  );
}

function Shown({ view, onClose }: { view: JobView; onClose: () => void }) {
  const file = useCsvFile(view.job);
  return (
    <>
      <div class="body body--2">
        <Outcome view={view} file={file} />
        <About view={view} />
      </div>
      <footer class="actions">
        {view.csv && (
          <>
            <Key icon="file" label={t("result.csv-view")} testid="csv-view" onPress={() => (file.shown.value = true)} />
            <Key icon="in" label={t("result.csv-save")} busy={file.saving.busy} testid="csv-save" onPress={file.save} />
          </>
        )}
        {isProfileInfo(view) ? <AfterInfo view={view} onClose={onClose} /> : <DoneKey onClose={onClose} />}
      </footer>
      {file.shown.value && <CsvDialog view={view} onClose={() => (file.shown.value = false)} />}
    </>
  );
}

function Outcome({ view: { job, result }, file }: { view: JobView; file: CsvFile }) {
  return (
    <section class="col" tabIndex={0} aria-label={titleOf(job.activity)} data-testid="result">
      <div class="head">
        <Mark name="m-done" extra="big-mark" label={t("job.done")} />
        <h1 class="grow">{t("result.done", { activity: titleOf(job.activity) })}</h1>
        <SerialNumber serial={job.serial} size="sn--row" />
      </div>
      <ErrorNote error={file.saving.error} />
      {file.path && <SavedNote path={file.path} />}
      {result?.kind === "reading" && <Energy reading={result} />}
      {result?.kind === "sheet" && <SheetResult activity={job.activity} sheet={result} />}
    </section>
  );
}

function About({ view }: { view: JobView }) {
  const { result } = view;
  return (
    <aside class="col col--sunk" tabIndex={0} aria-label={t("result.meter")}>
      {result?.kind === "reading" ? (
        <MeterFacts view={view} reading={result} />
      ) : (
        <>
          <MeterHead view={view} />
          <dl>
            <JobFacts view={view} pod={result?.pod ?? null} />
          </dl>
        </>
      )}
    </aside>
  );
}

function SheetResult({ activity, sheet }: { activity: Activity; sheet: SheetView }) {
  return (
    <>
      <Warnings codes={sheet.warnings} />
      <Highlight activity={activity} view={sheet} />
      <Sheet columns={sheet.columns} rows={sheet.rows} />
    </>
  );
}

function DoneKey({ onClose }: { onClose: () => void }) {
  return <Key kind="go" icon="check" label={t("result.done-key")} testid="done" onPress={onClose} />;
}

/** GET INFO only describes the load profile; the rows are fetched afterwards. */
function isProfileInfo({ job, result }: JobView): boolean {
  return job.activity === "load-profile" && result?.kind === "sheet";
}

function AfterInfo({ view, onClose }: { view: JobView; onClose: () => void }) {
  const fetchRows = () => {
    draftJob(view.job.serial, view.job.activity);
    leave("preparar");
  };
  return (
    <>
      <Key icon="check" label={t("result.done-key")} testid="done" onPress={onClose} />
      <Key kind="go" icon="next" label={t("result.fetch")} detail={titleOf(view.job.activity)} testid="fetch" onPress={fetchRows} />
    </>
  );
}
