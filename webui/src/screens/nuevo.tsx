import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { startJob } from "../client/start";
import { useAction } from "../components/action";
import { ActivityList, focusChosenActivity } from "../components/activity-list";
import { type CardLookup, TYPING_MS, useCard } from "../components/card";
import { Field } from "../components/field";
import { Icon } from "../components/icons";
import { Key } from "../components/key";
import { ErrorNote } from "../components/note";
import { MeterTrouble } from "../components/plate";
import { SerialNumber } from "../components/serial-number";
import { StartKey } from "../components/start-key";
import { asks, draft, draftJob } from "../draft";
import { t } from "../i18n/texts";
import { go, watch } from "../places";
import { isSerial, tidySerial } from "../serial";

/** A job without an order: which meter, and what to do there. */
export function Nuevo() {
  const field = useRef<HTMLInputElement>(null);
  const begin = useAction();
  const serial = tidySerial(draft.serial.value);
  const activity = draft.activity.value;
  const lookup = useCard(serial, TYPING_MS);
  const check = useSerialCheck(serial, field);
  const start = async () => {
    watch(await startJob(activity, serial));
    draftJob("", activity);
  };
  const next = () => {
    if (!check.passes()) return;
    if (asks(activity)) go("preparar");
    else void begin.run(start);
  };
  const bad = check.bad.value ? { code: "bad-serial", params: { serial }, retryable: false } : null;
  return (
    <>
      <div class="body body--top">
        <section class="col">
          <div class="snrow">
            <h1>{t("new.title")}</h1>
            <SerialField field={field} check={check} onInput={begin.clear} />
          </div>
          <CardPlace lookup={lookup} complete={isSerial(serial)} />
          <ErrorNote error={bad ?? begin.error} />
          <ActivityList />
        </section>
      </div>
      <footer class="actions">
        <Key label={t("new.back")} onPress={() => go("trabajo")} />
        <Ready serial={serial} />
        <StartKey activity={activity} leadsOn={asks(activity)} begin={begin} testid={asks(activity) ? "next" : "start"} onPress={next} />
      </footer>
    </>
  );
}

interface SerialCheck {
  bad: Signal<boolean>;
  passes: () => boolean;
}

/** `passes` says whether the serial number is a valid one; if not, it marks the field and puts the cursor there. */
function useSerialCheck(serial: string, field: RefObject<HTMLInputElement | null>): SerialCheck {
  const bad = useSignal(false);
  const passes = () => {
    bad.value = !isSerial(serial);
    if (bad.value) field.current?.focus();
    return !bad.value;
  };
  return { bad, passes };
}

interface SerialFieldProps {
  field: RefObject<HTMLInputElement | null>;
  check: SerialCheck;
  onInput: () => void;
}

/** A code reader ends with Enter: that moves on to the activity, and starts nothing. */
function SerialField({ field, check, onInput }: SerialFieldProps) {
  const typed = (text: string) => {
    draft.serial.value = text.toUpperCase();
    check.bad.value = false;
    onInput();
  };
  return (
    <Field grow label={`${t("new.serial")} · ${t("new.serial-hint")}`}>
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
        aria-invalid={check.bad.value}
        onInput={(event) => typed(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && check.passes()) focusChosenActivity();
        }}
      />
    </Field>
  );
}

/** Always as high as a note, so that no activity moves under the finger when the answer comes. */
function CardPlace({ lookup, complete }: { lookup: CardLookup; complete: boolean }) {
  const { card, error } = lookup;
  const trouble = error ?? card?.blocked ?? (card && !card.has_key);
  return (
    <div class="cardplace">
      {trouble ? <MeterTrouble card={card} error={error} /> : <CardLine lookup={lookup} complete={complete} />}
    </div>
  );
}

function CardLine({ lookup: { card, asked }, complete }: { lookup: CardLookup; complete: boolean }) {
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
