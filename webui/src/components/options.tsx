import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Activity, MeterCard } from "../client/messages";
import { call } from "../client/socket";
import { type RangeKind, choose, draft } from "../draft";
import { moment } from "../i18n/format";
import { type TextKey, t } from "../i18n/texts";
import { useAction } from "./action";
import { Choice, Tick } from "./choice";
import { Field } from "./field";
import { EmptyState, ErrorNote } from "./note";

const REASONS = ["debt", "request", "works", "safety"] as const;
const RANGES: RangeKind[] = ["usual", "week", "month", "chosen"];

/** The choices of an activity that asks for something before it can start. */
export function ActivityOptions({ activity, card }: { activity: Activity; card: MeterCard | null }) {
  switch (activity) {
    case "disconnect":
      return <ReasonChoice />;
    case "prepay-config":
      return <PrepayProfileChoice />;
    case "clock":
      return <ClockChoice />;
    case "events":
      return <RangeChoice usual={t("ask.range.all")} />;
    default:
      return <RangeChoice usual={t("ask.range.new")} detail={newSince(card)} />;
  }
}

function newSince(card: MeterCard | null): string | undefined {
  if (!card) return undefined;
  return card.last_profile_row ? t("ask.last-row", { time: moment(card.last_profile_row) }) : t("ask.no-row");
}

/** A reason from the list, or in the technician's own words; SMM gets the text as shown here. */
function ReasonChoice() {
  const { reason } = draft.options.value;
  const usual = REASONS.map((one) => t(`ask.reason.${one}`));
  return (
    <>
      <h2 id="reason">{t("ask.reason")}</h2>
      <div class="list list--2" role="radiogroup" aria-labelledby="reason">
        {usual.map((words, i) => (
          <Choice
            key={words}
            label={words}
            chosen={reason === words}
            testid={`reason-${REASONS[i]}`}
            onChoose={() => choose({ reason: words })}
          />
        ))}
      </div>
      <Field label={t("ask.reason-own")}>
        <input
          data-testid="reason-own"
          maxLength={200}
          autocomplete="off"
          value={usual.includes(reason) ? "" : reason}
          onInput={(event) => choose({ reason: event.currentTarget.value })}
        />
      </Field>
    </>
  );
}

function PrepayProfileChoice() {
  const names = useSignal<string[] | null>(null);
  const load = useAction();
  useEffect(() => {
    void load.run(async () => (names.value = (await call("prepay.profiles")).profiles));
  }, []);
  const chosen = draft.options.value.profile;
  return (
    <>
      <h2 id="profiles">{t("ask.profile")}</h2>
      <ErrorNote error={load.error} />
      {names.value?.length === 0 && <EmptyState icon="config" what={t("ask.no-profile")} todo={t("ask.no-profile-do")} />}
      <div class="list" role="radiogroup" aria-labelledby="profiles">
        {names.value?.map((name) => (
          <Choice
            key={name}
            label={name}
            chosen={chosen === name}
            testid={`profile-${name}`}
            onChoose={() => choose({ profile: name })}
          />
        ))}
      </div>
    </>
  );
}

function RangeChoice({ usual, detail }: { usual: string; detail?: string | undefined }) {
  const { range, first, last } = draft.options.value;
  const chosen = range === "chosen";
  return (
    <>
      <h2 id="range">{t("ask.range")}</h2>
      <div class="list list--2" role="radiogroup" aria-labelledby="range">
        {RANGES.map((kind) => (
          <Choice
            key={kind}
            label={kind === "usual" ? usual : t(`ask.range.${kind}`)}
            detail={kind === "usual" ? detail : undefined}
            chosen={range === kind}
            testid={`range-${kind}`}
            onChoose={() => choose({ range: kind })}
          />
        ))}
      </div>
      <div class="list--2 list" aria-hidden={!chosen || undefined} data-off={!chosen || undefined}>
        <MomentField label="ask.first" value={first} off={!chosen} onInput={(value) => choose({ first: value })} />
        <MomentField label="ask.last" value={last} off={!chosen} onInput={(value) => choose({ last: value })} />
      </div>
    </>
  );
}

interface MomentFieldProps {
  label: Extract<TextKey, "ask.first" | "ask.last">;
  value: string;
  off: boolean;
  onInput: (value: string) => void;
}

function MomentField({ label, value, off, onInput }: MomentFieldProps) {
  return (
    <Field label={t(label)}>
      <input
        type="datetime-local"
        data-testid={label.replace(".", "-")}
        value={value}
        disabled={off}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </Field>
  );
}

function ClockChoice() {
  const { setClock, farOff } = draft.options.value;
  return (
    <>
      <h2 id="clock">{t("ask.clock")}</h2>
      <div class="list" role="radiogroup" aria-labelledby="clock">
        <Choice
          label={t("ask.clock.check")}
          detail={t("ask.clock.check-why")}
          chosen={!setClock}
          testid="clock-check"
          onChoose={() => choose({ setClock: false })}
        />
        <Choice
          label={t("ask.clock.set")}
          detail={t("ask.clock.set-why")}
          chosen={setClock}
          testid="clock-set"
          onChoose={() => choose({ setClock: true })}
        />
      </div>
      {setClock && (
        <Tick
          label={t("ask.clock.far-off")}
          detail={t("ask.clock.far-off-why")}
          chosen={farOff}
          testid="clock-far-off"
          onChoose={() => choose({ farOff: !farOff })}
        />
      )}
    </>
  );
}
