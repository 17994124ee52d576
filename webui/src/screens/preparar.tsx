import { useSignal } from "@preact/signals";
import type { Activity } from "../client/messages";
import { type Wish, startJob } from "../client/start";
import { useAction } from "../components/action";
import { useCard } from "../components/card";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { ErrorNote, Note } from "../components/note";
import { ActivityOptions } from "../components/options";
import { MeterTrouble, Plate } from "../components/plate";
import { draft, draftJob, isRisky, missing, wishOf } from "../draft";
import { optionalText, t } from "../i18n/texts";
import { go, watched } from "../places";
import { Confirmar } from "./confirmar";

/** What an activity made on the tablet asks for before START. */
export function Preparar() {
  const begin = useAction();
  const confirming = useSignal(false);
  const [serial, activity, options] = [draft.serial.value, draft.activity.value, draft.options.value];
  const { card, error } = useCard(serial);
  const lacking = missing(activity, options);
  const start = (wish: Wish) => void begin.run(() => begun(activity, serial, wish));
  if (confirming.value) {
    return (
      <Confirmar
        change={{ activity, serial, facts: card, rows: [], reason: options.reason }}
        begin={begin}
        onYes={() => start(wishOf(activity, options))}
        onNo={() => (confirming.value = false)}
      />
    );
  }
  const press = () => {
    if (isRisky(activity)) confirming.value = true;
    else start(wishOf(activity, options));
  };
  return (
    <>
      <div class="body body--2">
        <section class="col" tabIndex={0} aria-label={titleOf(activity)}>
          <div class="head">
            <h1>{titleOf(activity)}</h1>
          </div>
          <ErrorNote error={begin.error} />
          <ActivityOptions activity={activity} card={card} />
        </section>
        <aside class="col col--sunk" tabIndex={0} aria-label={t("result.meter")}>
          <div class="head">
            <h2>{t("result.meter")}</h2>
          </div>
          <Plate serial={serial} facts={card} small />
          <MeterTrouble card={card} error={error} />
          <Note icon="info">{optionalText(`ask.about.${activity}`)}</Note>
        </aside>
      </div>
      <footer class="actions">
        <Key label={t("new.back")} testid="back" onPress={() => go("nuevo")} />
        {activity === "load-profile" && (
          <Key icon="search" label={t("ask.info")} testid="info" busy={begin.busy} onPress={() => start({ info: true })} />
        )}
        <p class="cap reason">{lacking && t(lacking)}</p>
        <Key
          kind="go"
          icon={isRisky(activity) ? "next" : "play"}
          label={isRisky(activity) ? t("new.next") : t("new.start")}
          detail={begin.busy ? t("new.starting") : titleOf(activity)}
          busy={begin.busy}
          off={lacking !== null}
          testid="start"
          onPress={press}
        />
      </footer>
    </>
  );
}

async function begun(activity: Activity, serial: string, wish: Wish): Promise<void> {
  const job = await startJob(activity, serial, wish);
  watched.value = job.id;
  draftJob("", activity);
  go("trabajo");
}
