import type { LinkState } from "../client/messages";
import { type TextKey, t } from "../i18n/texts";
import { type Phase, phaseOf } from "./link-phase";

const COLOURS = { green: "var(--led-green)", red: "var(--led-red)" };
const LAMP_WORDS = { green: "link.led-green", red: "link.led-red" } satisfies Record<string, TextKey>;

/** The Bird's head and its lamp, as they look on the meter. */
export function Headlamp({ link }: { link: LinkState }) {
  const phase = phaseOf(link);
  const { led } = link;
  return (
    <div class="headlamp">
      <svg viewBox="0 0 200 200" aria-hidden="true">
        <circle cx="100" cy="100" r="97" fill="none" stroke="var(--edge)" stroke-width="2" />
        <circle cx="100" cy="100" r="82" fill="none" stroke="var(--ink)" stroke-width="12" />
        <path d="M100 4v14M100 182v14M4 100h14M182 100h14" stroke="var(--paper)" stroke-width="8" />
        <circle
          cx="100"
          cy="100"
          r="46"
          fill={led ? COLOURS[led] : "var(--led-off)"}
          stroke="var(--ink)"
          stroke-width="4"
        />
        <Sign phase={phase} led={led} />
      </svg>
      <div role="status">
        <p class="big big--wrap">{t(`link.head.${phase}`)}</p>
        <p>{hintOf(link, phase)}</p>
      </div>
    </div>
  );
}

function hintOf(link: LinkState, phase: Phase): string {
  if (phase === "off") return t("link.off-hint");
  if (phase === "waiting") return t("link.waiting-hint");
  if (phase === "connecting") return t(`link.step.${link.state as "connecting"}`);
  return t(link.led ? LAMP_WORDS[link.led] : "link.led-none");
}

function Sign({ phase, led }: { phase: Phase; led: LinkState["led"] }) {
  if (phase === "connecting" || phase === "waiting") {
    return <path d="M100 56a44 44 0 0 1 0 88z" fill="var(--led-red)" class="seeking" />;
  }
  if (led === "green") return <path d="m80 101 14 14 27-30" fill="none" stroke="var(--lamp-ink)" stroke-width="10" />;
  if (led === "red") return <path d="M80 100h40" stroke="var(--lamp-ink)" stroke-width="10" />;
  return null;
}
