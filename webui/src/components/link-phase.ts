import type { LinkState, ProbeInfo } from "../client/messages";

type State = LinkState["state"];

/** What the technician has to know of the agent's states: the steps of a connection are one. */
export type Phase = "off" | "idle" | "scanning" | "connecting" | "waiting" | "draining" | "ready";

const PHASES: Record<State, Phase> = {
  off: "off",
  idle: "idle",
  scanning: "scanning",
  connecting: "connecting",
  discovering: "connecting",
  pairing: "connecting",
  subscribing: "connecting",
  ready: "ready",
  draining: "draining",
  "backing-off": "waiting",
};

export function phaseOf(link: LinkState): Phase {
  return PHASES[link.state];
}

/** The drawing of the lamp: its colour where it is known, half red while something is being tried. */
export function ledOf(link: LinkState): string {
  const phase = phaseOf(link);
  if (phase === "connecting" || phase === "waiting") return "led-busy";
  return link.led ? `led-${link.led}` : "led-off";
}

/** The probe that is connected, or is being tried or waited for. */
export function isInHand(link: LinkState, probe: ProbeInfo): boolean {
  return link.probe?.address === probe.address && ["connecting", "waiting", "ready"].includes(phaseOf(link));
}
