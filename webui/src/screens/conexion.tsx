import type { LinkState, Probe } from "../client/messages";
import { call } from "../client/socket";
import { job, link } from "../client/state";
import { useAction } from "../components/action";
import { Headlamp } from "../components/headlamp";
import { Mark, bars } from "../components/icons";
import { Key } from "../components/key";
import { Empty, ErrorNote } from "../components/note";
import { ledOf } from "../components/status";
import { dbm } from "../i18n/format";
import { t } from "../i18n/texts";

export function Conexion() {
  const scan = useAction();
  const touch = useAction();
  const now = link.value;
  return (
    <>
      <div class="body body--2l">
        <Bird now={now} />
        <section class="col">
          <p class="lead head">{t("link.choose")}</p>
          <ErrorNote error={touch.error ?? scan.error ?? now.error} />
          <Known now={now} touch={(probe) => void touch.run(() => toggle(now, probe))} />
          <New now={now} touch={(probe) => void touch.run(() => toggle(now, probe))} />
        </section>
      </div>
      <footer class="actions">
        <Legend />
        {now.state === "scanning" && (
          <Key icon="stop" label={t("link.stop")} onPress={() => void call("link.scan_stop").catch(() => undefined)} />
        )}
        <Key
          kind="go"
          icon="scan"
          label={t("link.scan")}
          detail={now.state === "scanning" ? t("link.scan-running") : undefined}
          busy={now.state === "scanning"}
          testid="scan"
          onPress={() => void scan.run(() => call("link.scan"))}
        />
      </footer>
    </>
  );
}

async function toggle(now: LinkState, probe: Probe): Promise<void> {
  const isThis = now.probe?.address === probe.address;
  if (isThis && now.state === "connected") await call("link.disconnect");
  else if (now.state !== "connecting") await call("link.connect", { address: probe.address });
}

function Bird({ now }: { now: LinkState }) {
  return (
    <section class="col">
      <div class="head">
        <h1>{t("link.title")}</h1>
      </div>
      <Headlamp state={now.state} />
      {now.probe && (
        <dl class="facts">
          <div class="fact">
            <dt>{now.probe.name ?? "N/A"}</dt>
            <dd class="mono">{now.probe.address}</dd>
          </div>
        </dl>
      )}
      {now.simulated && <p class="cap">{t("link.simulated")}</p>}
      <div class="row foot" role="switch" aria-checked={now.external_probe} aria-disabled="true" tabIndex={0}>
        <span class="grow">
          <strong>{t("link.external")}</strong>
          <span class="cap">{t("link.external-why")}</span>
        </span>
        <span class="switch" />
      </div>
    </section>
  );
}

interface ListProps {
  now: LinkState;
  touch: (probe: Probe) => void;
}

function Known({ now, touch }: ListProps) {
  const probes = now.found.filter((probe) => probe.known);
  return (
    <>
      <div class="sub sub--first">
        <h2>{t("link.known", { n: probes.length })}</h2>
        <span class="cap">{t("link.last-connects")}</span>
      </div>
      {probes.length > 0 ? <Rows probes={probes} now={now} touch={touch} /> : <p class="cap">{t("link.none-known")}</p>}
    </>
  );
}

function New({ now, touch }: ListProps) {
  const probes = now.found.filter((probe) => !probe.known);
  const words = now.state === "scanning" ? t("link.looking") : t("link.none-new");
  return (
    <>
      <div class="sub">
        <h2>{t("link.new", { n: probes.length })}</h2>
      </div>
      {probes.length > 0 ? <Rows probes={probes} now={now} touch={touch} /> : <Empty icon="scan" what={words} />}
    </>
  );
}

function Rows({ probes, now, touch }: ListProps & { probes: Probe[] }) {
  const ordered = [...probes].sort((a, b) => Number(b.is_probe) - Number(a.is_probe));
  return (
    <ul class="list">
      {ordered.map((probe) => (
        <li key={probe.address}>
          <ProbeRow probe={probe} now={now} touch={touch} />
        </li>
      ))}
    </ul>
  );
}

function ProbeRow({ probe, now, touch }: ListProps & { probe: Probe }) {
  const isThis = now.probe?.address === probe.address;
  const [state, hint] = wordsOf(probe, now, isThis);
  const lamp = isThis ? ledOf(now.state) : probe.is_probe && probe.signal !== null ? "led-red" : "led-off";
  return (
    <button
      type="button"
      class="row"
      aria-current={isThis && now.state === "connected" ? "true" : undefined}
      data-testid={`probe-${probe.address}`}
      onClick={() => touch(probe)}
    >
      <Mark name={lamp} extra={isThis && now.state === "connecting" ? "seeking" : ""} />
      <span class="grow">
        <strong class="cut">{probe.name ?? "N/A"}</strong>
        <span class="cap mono">{probe.address}</span>
      </span>
      <span class="st">
        <b>{state}</b>
        <span class="cap">{hint}</span>
      </span>
      <Strength signal={probe.signal} />
    </button>
  );
}

function wordsOf(probe: Probe, now: LinkState, isThis: boolean): [string, string] {
  const kind = probe.is_probe ? t("link.probe") : t("link.unknown-kind");
  if (isThis && now.state === "connected") {
    const inJob = job.value?.state === "running";
    return [t("link.head.connected"), inJob ? t("link.in-job") : t("link.tap-release")];
  }
  if (isThis && now.state === "connecting") return [`${t("link.head.connecting")}…`, t("link.wait")];
  return [probe.signal === null ? t("link.silent") : kind, t("link.tap-connect")];
}

function Strength({ signal }: { signal: number | null }) {
  const n = bars(signal);
  return (
    <span class="sg">
      {n === 0 ? null : <Mark name={`sig-${n}`} label={t("signal", { n })} />}
      <span class="cap">{signal === null ? t("signal.none") : dbm(signal)}</span>
    </span>
  );
}

function Legend() {
  return (
    <p class="legend">
      <span>
        <Mark name="led-red" extra="led--s" /> {t("link.legend-red")}
      </span>
      <span>
        <Mark name="led-green" extra="led--s" /> {t("link.legend-green")}
      </span>
      <span>
        <Mark name="led-off" extra="led--s" /> {t("link.legend-off")}
      </span>
    </p>
  );
}
