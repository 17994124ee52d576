import { useSignal } from "@preact/signals";
import type { ErrorInfo } from "../client/messages";
import { connection } from "../client/socket";
import { link, pending, sync, user } from "../client/state";
import { clockTime, signedSeconds } from "../i18n/format";
import { t } from "../i18n/texts";
import { plain } from "../i18n/words";
import { countAttention } from "./attention";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { Key } from "./key";
import { ledOf, phaseOf } from "./link-phase";

/** The strip above every screen: Bird, SMM, jobs waiting, clock drift, user. */
export function StatusStrip({ onAccount }: { onAccount?: () => void }) {
  const asked = useSignal(false);
  const { clock } = sync.value;
  return (
    <>
      <header class="status" aria-label={t("status")}>
        <BirdCell />
        <SmmCell />
        <OutboxCells />
        <DriftCell onAsk={() => (asked.value = true)} />
        <UserCell onAccount={onAccount} />
      </header>
      {asked.value && clock && <ClockDialog clock={clock} onClose={() => (asked.value = false)} />}
    </>
  );
}

function BirdCell() {
  const phase = phaseOf(link.value);
  const { state, probe, simulated } = link.value;
  return (
    <a class="cell cell--bird" href="#conexion">
      <svg class="led" aria-hidden="true" data-testid="bird-led" data-state={state}>
        <use href={`#${ledOf(link.value)}`} />
      </svg>
      <span>
        <b>{(phase === "ready" && probe?.name) || t("status.bird")}</b>
        <small>
          {t(`bird.${phase}`)}
          {simulated && <span class="aside"> · {t("bird.simulated")}</span>}
        </small>
      </span>
    </a>
  );
}

function SmmCell() {
  const { online, last_at, error } = sync.value;
  const known = online === null ? "unknown" : online ? "online" : "offline";
  const last = known !== "online" && last_at ? clockTime(last_at) : null;
  return (
    <a class="cell" href="#ejecutado" data-testid="smm-state" data-online={online === null ? "unknown" : String(online)}>
      <Icon name={known === "offline" ? "nonet" : "net"} />
      <span>
        <b>SMM</b>
        <small>
          {connection.value === "connected" ? t(inPlaceOfSmm(error) ?? `smm.${known}`) : "…"}
          {last && <span class="aside"> · {last}</span>}
        </small>
      </span>
    </a>
  );
}

/** Who answers where SMM should. */
function inPlaceOfSmm(error: ErrorInfo | null): "smm.portal" | "smm.foreign" | null {
  if (error?.code === "smm-portal") return "smm.portal";
  return error && /^smm-(foreign|certificate)/.test(error.code) ? "smm.foreign" : null;
}

function OutboxCells() {
  const { waiting } = sync.value;
  const attention = countAttention(pending.value);
  return (
    <>
      <a class="cell" href="#ejecutado">
        <Icon name="out" />
        <span>
          <b data-testid="waiting-count">{waiting}</b>
          <small>{t("status.waiting")}</small>
        </span>
      </a>
      {attention !== "0" && (
        <a class="cell cell--alert" href="#ejecutado" data-testid="attention-count">
          <Icon name="alert" />
          <span>
            <b>{attention}</b>
            <small>{t("status.attention")}</small>
          </span>
        </a>
      )}
    </>
  );
}

function DriftCell({ onAsk }: { onAsk: () => void }) {
  const { drift_s, clock } = sync.value;
  if (clock) {
    return (
      <button type="button" class="cell cell--key cell--alert end" data-testid="drift" aria-haspopup="dialog" onClick={onAsk}>
        <Icon name="clock" />
        <span>
          <b>{amiss(clock)}</b>
          <small>{t("status.clock-wrong")}</small>
        </span>
      </button>
    );
  }
  return (
    <div class="cell end" data-testid="drift">
      <Icon name="clock" />
      <span>
        <b>{drift_s === null ? "—" : signedSeconds(drift_s)}</b>
        <small>{t("status.clock")}</small>
      </span>
    </div>
  );
}

function ClockDialog({ clock, onClose }: { clock: ErrorInfo; onClose: () => void }) {
  return (
    <Dialog
      title={t("clock.title", { time: amiss(clock) })}
      onClose={onClose}
      keys={<Key label={t("close")} testid="dialog-back" onPress={onClose} />}
    >
      <p class="lead">{plain(clock).do}</p>
    </Dialog>
  );
}

/** By how much the tablet's clock is wrong, where that is known. */
function amiss({ params }: ErrorInfo): string {
  const seconds = params["seconds"];
  return typeof seconds === "number" ? signedSeconds(seconds) : t("clock.past");
}

function UserCell({ onAccount }: { onAccount?: (() => void) | undefined }) {
  const who = user.value;
  const words = (
    <>
      <Icon name="user" />
      <span>
        <b class="name">{who ? who.name || who.username : "—"}</b>
        <small>{who ? (who.offline ? t("status.offline-user") : who.username) : t("status.nobody")}</small>
      </span>
    </>
  );
  if (!who || !onAccount) return <div class="cell">{words}</div>;
  return (
    <button type="button" class="cell cell--key" data-testid="user" aria-haspopup="dialog" onClick={onAccount}>
      {words}
    </button>
  );
}
