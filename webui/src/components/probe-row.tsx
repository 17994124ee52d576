import type { LinkState, ProbeInfo } from "../client/messages";
import { job } from "../client/state";
import { dbm } from "../i18n/format";
import { t } from "../i18n/texts";
import { Icon, Mark, bars } from "./icons";
import { Key } from "./key";
import { isSelected, ledOf, phaseOf } from "./link-phase";

interface ProbeRowProps {
  probe: ProbeInfo;
  now: LinkState;
  touch: (probe: ProbeInfo) => void;
  /** Opens its options; left out where there are none. */
  more?: (probe: ProbeInfo) => void;
}

export function ProbeRow({ probe, now, touch, more }: ProbeRowProps) {
  const selected = isSelected(now, probe);
  const [state, hint] = wordsOf(probe, now, selected);
  return (
    <>
      <button
        type="button"
        class="row"
        aria-current={selected && phaseOf(now) === "ready" ? "true" : undefined}
        data-testid={`probe-${probe.address}`}
        onClick={() => touch(probe)}
      >
        <Lamp probe={probe} now={now} selected={selected} />
        <span class="grow">
          <strong class="cut">{probe.name ?? "N/A"}</strong>
          <span class="cap mono cut">{probe.address}</span>
        </span>
        <span class="st">
          <b>{state}</b>
          <span class="cap">{hint}</span>
        </span>
        <Strength probe={probe} />
      </button>
      {more && (
        <Key
          icon="config"
          label={t("link.more", { name: probe.name ?? probe.address })}
          mute
          testid={`more-${probe.address}`}
          onPress={() => more(probe)}
        />
      )}
    </>
  );
}

function Lamp({ probe, now, selected }: { probe: ProbeInfo; now: LinkState; selected: boolean }) {
  if (selected) return <Mark name={ledOf(now)} extra={ledOf(now) === "led-busy" ? "seeking" : ""} />;
  if (probe.is_port) return <Icon name="probe" />;
  return <Mark name={probe.is_probe && probe.signal !== null ? "led-red" : "led-off"} />;
}

function wordsOf(probe: ProbeInfo, now: LinkState, selected: boolean): [string, string] {
  if (!selected) return [kindOf(probe), t("link.tap-connect")];
  const phase = phaseOf(now);
  if (phase === "ready") {
    return [t("link.head.ready"), job.value?.state === "running" ? t("link.in-job") : t("link.tap-release")];
  }
  return [t(phase === "waiting" ? "link.waiting" : "link.connecting"), t("link.tap-cancel")];
}

function kindOf(probe: ProbeInfo): string {
  if (probe.is_port) return t("link.port");
  if (probe.signal === null) return t("link.silent");
  return probe.is_probe ? t("link.probe") : t("link.unknown-kind");
}

function Strength({ probe }: { probe: ProbeInfo }) {
  const n = bars(probe.signal);
  const words = probe.is_port ? t("link.cable") : probe.signal === null ? t("signal.none") : dbm(probe.signal);
  return (
    <span class="sg">
      {n === 0 ? null : <Mark name={`sig-${n}`} label={t("signal", { n })} />}
      <span class="cap">{words}</span>
    </span>
  );
}
