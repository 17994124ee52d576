import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Activity, ActivityInfo } from "../client/messages";
import { startJob } from "../client/start";
import { agent } from "../client/state";
import { useAction } from "../components/action";
import { type Known, TYPING_MS, useCard } from "../components/card";
import { Icon, Mark } from "../components/icons";
import { iconOf, titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { SerialNumber, isSerial, tidySerial } from "../components/meter";
import { ErrorNote } from "../components/note";
import { MeterTrouble } from "../components/plate";
import { asks, draft, draftJob } from "../draft";
import { optionalText, t } from "../i18n/texts";
import { go, watched } from "../places";

const GROUPS: { title: "read" | "credit" | "supply"; activities: Activity[] }[] = [
  { title: "read", activities: ["reading", "load-profile", "instant", "events"] },
  { title: "credit", activities: ["credit-read", "prepay-config", "credit-charge"] },
  { title: "supply", activities: ["disconnect", "reconnect", "clock", "change"] },
];

export function Nuevo() {
  const field = useRef<HTMLInputElement>(null);
  const bad = useSignal(false);
  const begin = useAction();
  const serial = tidySerial(draft.serial.value);
  const activity = draft.activity.value;
  const known = useCard(serial, TYPING_MS);
  const check = () => {
    bad.value = !isSerial(serial);
    if (bad.value) field.current?.focus();
    return !bad.value;
  };
  const next = () => {
    if (!check()) return;
    if (asks(activity)) go("preparar");
    else void begin.run(() => start(activity, serial));
  };
  const wrong = bad.value ? { code: "bad-serial", params: { serial }, retryable: false } : null;
  return (
    <>
      <div class="body body--top">
        <section class="col">
          <div class="snrow">
            <h1>{t("new.title")}</h1>
            <label class="field grow">
              <span>
                {t("new.serial")} · {t("new.serial-hint")}
              </span>
              <span class="input">
                <input
                  ref={field}
                  class="serial"
                  data-testid="serial"
                  value={draft.serial.value}
                  autocomplete="off"
                  autocapitalize="characters"
                  spellcheck={false}
                  enterkeyhint="next"
                  maxLength={40}
                  aria-invalid={bad.value}
                  onInput={(event) => {
                    draft.serial.value = event.currentTarget.value.toUpperCase();
                    bad.value = false;
                    begin.clear();
                  }}
                  onKeyDown={(event) => {
                    if (event.key === "Enter" && check()) focusChosen();
                  }}
                />
              </span>
            </label>
          </div>
          <CardPlace known={known} complete={isSerial(serial)} />
          <ErrorNote error={wrong ?? begin.error} />
          <Choices />
        </section>
      </div>
      <footer class="actions">
        <Key label={t("new.back")} onPress={() => go("trabajo")} />
        <Ready serial={serial} />
        <Key
          kind="go"
          icon={asks(activity) ? "next" : "play"}
          label={asks(activity) ? t("new.next") : t("new.start")}
          detail={begin.busy ? t("new.starting") : titleOf(activity)}
          busy={begin.busy}
          testid={asks(activity) ? "next" : "start"}
          onPress={next}
        />
      </footer>
    </>
  );
}

async function start(activity: Activity, serial: string): Promise<void> {
  const job = await startJob(activity, serial);
  watched.value = job.id;
  draftJob("", activity);
  go("trabajo");
}

/** A code reader ends with Enter: that moves on to the activity, and starts nothing. */
function focusChosen(): void {
  document.querySelector<HTMLElement>('.acts [aria-checked="true"]')?.focus();
}

/** Its place is as high as a note, so that no activity moves under the finger when the answer comes. */
function CardPlace({ known, complete }: { known: Known; complete: boolean }) {
  const { card, error } = known;
  const trouble = error ?? card?.blocked ?? (card && !card.has_key);
  return <div class="cardplace">{trouble ? <MeterTrouble card={card} error={error} /> : <CardLine known={known} complete={complete} />}</div>;
}

function CardLine({ known: { card, asked }, complete }: { known: Known; complete: boolean }) {
  if (asked && !card) return null;
  return (
    <p class="cardline" data-testid="meter-card">
      <Icon name="meter" size="i--s" />
      {card ? (
        <span class="cut">
          <b>{card.pod ?? t("meter.no-pod")}</b> · {[card.customer, card.address].filter(Boolean).join(" · ")}
        </span>
      ) : (
        <span class="cap">{complete ? t("meter.looking") : t("meter.typing")}</span>
      )}
    </p>
  );
}

function Ready({ serial }: { serial: string }) {
  if (!isSerial(serial)) return <p class="ready cap">{t("new.not-ready")}</p>;
  return (
    <p class="ready">
      <span class="cap">{t("new.ready")}</span>
      <SerialNumber serial={serial} size="sn--row" />
    </p>
  );
}

function Choices() {
  const all = agent.value?.activities ?? [];
  return (
    <div class="acts" role="radiogroup" aria-label={t("new.activity")} onKeyDown={moveByArrow}>
      {GROUPS.map((group) => (
        <div class="list" key={group.title}>
          <p class="cap">{t(`new.group.${group.title}`)}</p>
          {group.activities.map((activity) => {
            const info = all.find((one) => one.activity === activity);
            return info && <ActivityRow key={activity} info={info} />;
          })}
        </div>
      ))}
    </div>
  );
}

function ActivityRow({ info }: { info: ActivityInfo }) {
  const chosen = draft.activity.value === info.activity;
  const reason = optionalText(`reason.${info.reason ?? ""}`);
  return (
    <button
      type="button"
      class="row"
      role="radio"
      aria-checked={chosen}
      aria-disabled={info.available ? undefined : true}
      tabIndex={chosen ? 0 : -1}
      data-testid={`activity-${info.activity}`}
      onClick={() => {
        if (info.available) draftJob(draft.serial.value, info.activity);
      }}
    >
      <Icon name={info.available ? iconOf(info.activity) : "lock"} />
      <span class="grow">
        <strong>{info.title}</strong>
        <span class="cap">{info.available ? t(`activity.${info.activity}`) : reason}</span>
      </span>
      {chosen && <Mark name="m-radio-on" extra="mark--s" />}
    </button>
  );
}

/** Arrows walk through all activities, also the grey ones, so that their reason is read out. */
function moveByArrow(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const rows = [...document.querySelectorAll<HTMLElement>('.acts [role="radio"]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[(at + step + rows.length) % rows.length]?.focus();
}
