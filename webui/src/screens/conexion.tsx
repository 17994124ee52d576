import { useSignal } from "@preact/signals";
import type { LinkState, ProbeInfo } from "../client/messages";
import { call } from "../client/socket";
import { link } from "../client/state";
import { useAction } from "../components/action";
import { Headlamp } from "../components/headlamp";
import { Mark } from "../components/icons";
import { Key } from "../components/key";
import { isSelected } from "../components/link-phase";
import { EmptyState, ErrorNote } from "../components/note";
import { ProbeOptions } from "../components/probe-options";
import { ProbeRow } from "../components/probe-row";
import { t } from "../i18n/texts";

export function Conexion() {
  const scan = useAction();
  const touch = useAction();
  const options = useSignal<ProbeInfo | null>(null);
  const now = link.value;
  const list = {
    now,
    touch: (probe: ProbeInfo) => void touch.run(() => toggle(now, probe)),
    more: (probe: ProbeInfo) => (options.value = probe),
  };
  return (
    <>
      <div class="body body--2l">
        <Bird now={now} />
        <section class="col" tabIndex={0} aria-label={t("link.choose")}>
          <p class="lead head">{t("link.choose")}</p>
          <ErrorNote error={now.error ?? touch.error ?? scan.error} />
          <KnownProbes {...list} />
          <NewProbes {...list} />
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
      {options.value && <ProbeOptions probe={options.value} onClose={() => (options.value = null)} />}
    </>
  );
}

async function toggle(now: LinkState, probe: ProbeInfo): Promise<void> {
  if (isSelected(now, probe)) await call("link.disconnect");
  else await call("link.connect", { address: probe.address });
}

function Bird({ now }: { now: LinkState }) {
  return (
    <section class="col">
      <div class="head">
        <h1>{t("link.title")}</h1>
      </div>
      <Headlamp link={now} />
      {now.probe && (
        <dl class="facts">
          <div class="fact">
            <dt>{now.probe.name ?? "N/A"}</dt>
            <dd class="mono">{now.probe.address}</dd>
          </div>
        </dl>
      )}
      {now.simulated && <p class="cap">{t("link.simulated")}</p>}
      <External on={now.external_probe} />
    </section>
  );
}

function External({ on }: { on: boolean }) {
  const action = useAction();
  return (
    <div class="foot">
      <ErrorNote error={action.error} testid="external-error" />
      <button
        type="button"
        class="row"
        role="switch"
        aria-checked={on}
        data-testid="external"
        onClick={() => void action.run(() => call("link.external", { on: !on }))}
      >
        <span class="grow">
          <strong>{t("link.external")}</strong>
          <span class="cap">{t("link.external-why")}</span>
        </span>
        <span class="switch" data-on={on || undefined} />
      </button>
    </div>
  );
}

interface ListProps {
  now: LinkState;
  touch: (probe: ProbeInfo) => void;
  more: (probe: ProbeInfo) => void;
}

function KnownProbes({ now, touch, more }: ListProps) {
  const probes = now.found.filter((probe) => probe.known);
  return (
    <>
      <div class="sub sub--first">
        <h2>{t("link.known", { n: probes.length })}</h2>
        <span class="cap">{t("link.last-connects")}</span>
      </div>
      {probes.length > 0 ? (
        <Rows probes={probes} now={now} touch={touch} more={more} />
      ) : (
        <p class="cap">{t("link.none-known")}</p>
      )}
    </>
  );
}

/** Only devices that may be probes, unless all are asked for: a street is full of headphones. */
function NewProbes({ now, touch }: Omit<ListProps, "more">) {
  const all = useSignal(false);
  const unknown = now.found.filter((probe) => !probe.known);
  const probes = all.value ? unknown : unknown.filter((probe) => probe.is_probe);
  const hidden = unknown.length - probes.length;
  return (
    <>
      <div class="sub sub--key">
        <h2>{t("link.new", { n: probes.length })}</h2>
        <Key
          kind="small"
          icon="eye"
          label={t("link.show-all")}
          detail={hidden > 0 ? `+${hidden}` : undefined}
          pressed={all.value}
          testid="show-all"
          onPress={() => (all.value = !all.value)}
        />
      </div>
      {probes.length > 0 ? (
        <Rows probes={probes} now={now} touch={touch} />
      ) : (
        <EmptyState icon="scan" what={t(now.state === "scanning" ? "link.looking" : "link.none-new")} />
      )}
    </>
  );
}

function Rows({ probes, now, touch, more }: Omit<ListProps, "more"> & { probes: ProbeInfo[]; more?: ListProps["more"] }) {
  const ordered = [...probes].sort((a, b) => Number(b.is_probe) - Number(a.is_probe));
  return (
    <ul class="list">
      {ordered.map((probe) => (
        <li key={probe.address} class="pair">
          <ProbeRow probe={probe} now={now} touch={touch} {...(more ? { more } : {})} />
        </li>
      ))}
    </ul>
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
