import { useSignal } from "@preact/signals";
import { isRisky } from "../activities";
import type { Activity, MeterCard } from "../client/messages";
import { type JobParameters, startJob } from "../client/start";
import { type Action, useAction } from "../components/action";
import { type CardLookup, useCard } from "../components/card";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { ErrorNote, Note } from "../components/note";
import { ActivityOptions } from "../components/options";
import { MeterTrouble, Plate } from "../components/plate";
import { StartKey } from "../components/start-key";
import { draft, draftJob, missing, parametersOf } from "../draft";
import { optionalText, t } from "../i18n/texts";
import { go, watch } from "../places";
import { Confirmar } from "./confirmar";

/** What an activity asks for before START. */
export function Preparar() {
  const begin = useAction();
  const confirming = useSignal(false);
  const [serial, activity, options] = [draft.serial.value, draft.activity.value, draft.options.value];
  const lookup = useCard(serial);
  const start = (parameters: JobParameters) => void begin.run(() => startDrafted(activity, serial, parameters));
  const startAsChosen = () => start(parametersOf(activity, options));
  if (confirming.value && isRisky(activity)) {
    const job = { activity, serial, facts: lookup.card, rows: [], reason: options.reason };
    return <Confirmar job={job} begin={begin} onYes={startAsChosen} onNo={() => (confirming.value = false)} />;
  }
  return (
    <>
      <div class="body body--2">
        <Questions activity={activity} card={lookup.card} begin={begin} />
        <Meter serial={serial} activity={activity} lookup={lookup} />
      </div>
      <Keys
        activity={activity}
        begin={begin}
        onInfo={() => start({ info: true })}
        onStart={isRisky(activity) ? () => (confirming.value = true) : startAsChosen}
      />
    </>
  );
}

async function startDrafted(activity: Activity, serial: string, parameters: JobParameters): Promise<void> {
  watch(await startJob(activity, serial, parameters));
  draftJob("", activity);
}

function Questions({ activity, card, begin }: { activity: Activity; card: MeterCard | null; begin: Action }) {
  return (
    <section class="col" tabIndex={0} aria-label={titleOf(activity)}>
      <div class="head">
        <h1>{titleOf(activity)}</h1>
      </div>
      <ErrorNote error={begin.error} />
      <ActivityOptions activity={activity} card={card} />
    </section>
  );
}

function Meter({ serial, activity, lookup }: { serial: string; activity: Activity; lookup: CardLookup }) {
  return (
    <aside class="col col--sunk" tabIndex={0} aria-label={t("result.meter")}>
      <div class="head">
        <h2>{t("result.meter")}</h2>
      </div>
      <Plate serial={serial} facts={lookup.card} small />
      <MeterTrouble card={lookup.card} error={lookup.error} />
      <Note icon="info">{optionalText(`ask.about.${activity}`)}</Note>
    </aside>
  );
}

interface KeysProps {
  activity: Activity;
  begin: Action;
  onInfo: () => void;
  onStart: () => void;
}

function Keys({ activity, begin, onInfo, onStart }: KeysProps) {
  const lacking = missing(activity, draft.options.value);
  return (
    <footer class="actions">
      <Key label={t("new.back")} testid="back" onPress={() => go("nuevo")} />
      {activity === "load-profile" && (
        <Key icon="search" label={t("ask.info")} testid="info" busy={begin.busy} onPress={onInfo} />
      )}
      <p class="cap reason">{lacking && t(lacking)}</p>
      <StartKey activity={activity} begin={begin} off={lacking !== null} onPress={onStart} />
    </footer>
  );
}
