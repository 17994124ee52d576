import type { LinkState, ProbeInfo } from "../client/messages";

type State = LinkState["state"];

/** The link's state as the technician sees it: the steps of connecting are one. */
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

/** The drawing of the lamp: its colour where that is known, half red while connecting or waiting. */
export function ledOf(link: LinkState): string {
  const phase = phaseOf(link);
  if (phase === "connecting" || phase === "waiting") return "led-busy";
  return link.led ? `led-${link.led}` : "led-off";
}

/** Whether the probe is the one that is connected, being connected or waited for. */
export function isSelected(link: LinkState, probe: ProbeInfo): boolean {
  return link.probe?.address === probe.address && ["connecting", "waiting", "ready"].includes(phaseOf(link));
}
