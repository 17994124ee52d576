import type { Activity, ActivityInfo } from "../client/messages";
import { agent } from "../client/state";
import { draft, draftJob } from "../draft";
import { optionalText, t } from "../i18n/texts";
import { Icon, Mark } from "./icons";
import { iconOf } from "./jobs";

const GROUPS: { title: "read" | "credit" | "supply"; activities: Activity[] }[] = [
  { title: "read", activities: ["reading", "load-profile", "instant", "events"] },
  { title: "credit", activities: ["credit-read", "prepay-config", "credit-charge"] },
  { title: "supply", activities: ["disconnect", "reconnect", "clock", "change"] },
];

/** All activities in three groups; one is chosen for the drafted job. */
export function ActivityList() {
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

export function focusChosenActivity(): void {
  document.querySelector<HTMLElement>('.acts [aria-checked="true"]')?.focus();
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

/** Arrow keys walk through the unavailable activities too, so that a screen reader tells their reason. */
function moveByArrow(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const rows = [...document.querySelectorAll<HTMLElement>('.acts [role="radio"]')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[(at + step + rows.length) % rows.length]?.focus();
}
