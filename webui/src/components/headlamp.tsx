import type { LinkState } from "../client/messages";
import { type TextKey, t } from "../i18n/texts";

type State = LinkState["state"];

const COLOURS: Partial<Record<State, string>> = { connected: "var(--led-green)", lost: "var(--led-red)" };
const LAMP_WORDS: Partial<Record<State, TextKey>> = { connected: "link.led-green", lost: "link.led-red" };

/** The Bird's head as one sees it on the meter, with its lamp. */
export function Headlamp({ state }: { state: State }) {
  return (
    <div class="headlamp">
      <svg viewBox="0 0 200 200" aria-hidden="true">
        <circle cx="100" cy="100" r="97" fill="none" stroke="var(--edge)" stroke-width="2" />
        <circle cx="100" cy="100" r="82" fill="none" stroke="var(--ink)" stroke-width="12" />
        <path d="M100 4v14M100 182v14M4 100h14M182 100h14" stroke="var(--paper)" stroke-width="8" />
        <circle cx="100" cy="100" r="46" fill={COLOURS[state] ?? "var(--led-off)"} stroke="var(--ink)" stroke-width="4" />
        <Sign state={state} />
      </svg>
      <div role="status">
        <p class="big big--wrap">{t(`link.head.${state}`)}</p>
        {state !== "off" && <p>{t(LAMP_WORDS[state] ?? "link.led-none")}</p>}
      </div>
    </div>
  );
}

function Sign({ state }: { state: State }) {
  if (state === "connected") {
    return <path d="m80 101 14 14 27-30" fill="none" stroke="var(--lamp-ink)" stroke-width="10" />;
  }
  if (state === "lost") return <path d="M80 100h40" stroke="var(--lamp-ink)" stroke-width="10" />;
  if (state === "connecting") return <path d="M100 56a44 44 0 0 1 0 88z" fill="var(--led-red)" class="seeking" />;
  return null;
}
