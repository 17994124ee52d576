import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { Activity, ActivityInfo } from "../client/messages";
import { call } from "../client/socket";
import { agent } from "../client/state";
import { useAction } from "../components/action";
import { Confirm } from "../components/confirm";
import { Icon, Mark } from "../components/icons";
import { iconOf, titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { SerialNumber, isSerial, tidySerial } from "../components/meter";
import { ErrorNote } from "../components/note";
import { NOTHING_ELSE } from "../components/order";
import { optionalText, t } from "../i18n/texts";
import { draft, go, watched } from "../places";

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
  const check = () => {
    bad.value = !isSerial(serial);
    if (bad.value) field.current?.focus();
    return !bad.value;
  };
  const sure = useSignal<{ pod: string | null } | null>(null);
  const run = (info: boolean) => {
    sure.value = null;
    void begin.run(() => startJob(draft.activity.value, serial, info));
  };
  const start = () => {
    if (!check()) return;
    if (!CHANGING.includes(draft.activity.value)) return run(false);
    void begin.run(async () => (sure.value = { pod: (await call("meter.card", { serial })).pod }));
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
          <ErrorNote error={wrong ?? begin.error} />
          <Options />
          <Choices />
        </section>
      </div>
      <footer class="actions">
        <Key label={t("new.back")} onPress={() => go("trabajo")} />
        <Ready serial={serial} />
        {draft.activity.value === "load-profile" && (
          <Key label={t("new.info")} busy={begin.busy} testid="info" onPress={() => check() && run(true)} />
        )}
        <Key
          kind="go"
          icon="play"
          label={t("new.start")}
          detail={begin.busy ? t("new.starting") : titleOf(draft.activity.value)}
          busy={begin.busy}
          testid="start"
          onPress={start}
        />
      </footer>
      {sure.value && (
        <Confirm
          title={t("confirm.title", { activity: titleOf(draft.activity.value) })}
          serial={serial}
          pod={sure.value.pod}
          label={t("confirm.yes")}
          onYes={() => run(false)}
          onNo={() => (sure.value = null)}
        />
      )}
    </>
  );
}

const CHANGING: Activity[] = ["disconnect", "reconnect", "prepay-config"];

/** What the chosen activity has to know besides. */
function Options() {
  switch (draft.activity.value) {
    case "disconnect":
      return (
        <label class="field">
          <span>{t("new.reason")}</span>
          <span class="input">
            <input
              value={draft.reason.value}
              maxLength={200}
              data-testid="reason"
              onInput={(event) => (draft.reason.value = event.currentTarget.value)}
            />
          </span>
        </label>
      );
    case "clock":
      return (
        <button
          type="button"
          class="row"
          role="switch"
          aria-checked={draft.setClock.value}
          data-testid="set-clock"
          onClick={() => (draft.setClock.value = !draft.setClock.value)}
        >
          {t("new.set-clock")}
        </button>
      );
    default:
      return null;
  }
}

async function startJob(activity: Activity, serial: string, info: boolean): Promise<void> {
  const reason = activity === "disconnect" ? draft.reason.value : null;
  const set_clock = activity === "clock" && draft.setClock.value;
  const job = await call("job.start", { ...NOTHING_ELSE, activity, serial, info, reason, set_clock });
  watched.value = job.id;
  draft.serial.value = "";
  go("trabajo");
}

/** A code reader ends with Enter: that moves on to the activity, and starts nothing. */
function focusChosen(): void {
  document.querySelector<HTMLElement>('.acts [aria-checked="true"]')?.focus();
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
  const available = all.filter((one) => one.available).length;
  return (
    <>
      <div class="sub">
        <h2 id="activities">{t("new.activity")}</h2>
        <span class="cap">{t("new.count", { n: all.length, available })}</span>
      </div>
      <div class="acts" role="radiogroup" aria-labelledby="activities" onKeyDown={moveByArrow}>
        {GROUPS.map((group) => (
          <div class="list" key={group.title}>
            <p class="cap">{t(`new.group.${group.title}`)}</p>
            {group.activities.map((activity) => {
              const info = all.find((one) => one.activity === activity);
              return info && <Choice key={activity} info={info} />;
            })}
          </div>
        ))}
      </div>
    </>
  );
}

function Choice({ info }: { info: ActivityInfo }) {
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
        if (info.available) draft.activity.value = info.activity;
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
