import { type Signal, useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JobView, ProfileView } from "../client/messages";
import { type Action, useAction } from "../components/action";
import { CsvDialog, type CsvFile, useCsvFile } from "../components/csv";
import { Icon, Mark } from "../components/icons";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { EmptyState, ErrorNote, Warnings } from "../components/note";
import { Plot, type Point, strokeOf, spanOf } from "../components/profile/plot";
import { type ProfileData, fetchRows, prepare } from "../components/profile/rows";
import { ProfileTable } from "../components/profile/table";
import { SerialNumber } from "../components/serial-number";
import { dayAndTime, decimal, duration } from "../i18n/format";
import { type TextKey, t } from "../i18n/texts";

const SPANS: [name: Extract<TextKey, `profile.span.${string}`>, days: number | null][] = [
  ["profile.span.day", 1],
  ["profile.span.week", 7],
  ["profile.span.month", 31],
  ["profile.span.all", null],
];
const DAY_S = 86_400;

interface PerfilProps {
  view: JobView;
  profile: ProfileView;
  onClose: () => void;
}

/** A load profile: its curve, its rows, its file. */
export function Perfil({ view, profile, onClose }: PerfilProps) {
  const { data, load } = useRows(view.job.id, profile);
  const table = useSignal(false);
  const file = useCsvFile(view.job);
  return (
    <>
      <div class="body">
        <section class="col col--fill" tabIndex={0} aria-label={titleOf(view.job.activity)} data-testid="result">
          <Head view={view} profile={profile} />
          <ErrorNote error={load.error ?? file.saving.error} />
          <Warnings codes={profile.warnings} />
          {profile.rows === 0 && <EmptyState icon="profile" what={t("profile.none")} todo={t("profile.none-do")} />}
          {profile.rows > 0 && !data && <p class="cap">{t("profile.loading")}</p>}
          {data && <Facts profile={profile} data={data} />}
          {data && (table.value ? <ProfileTable view={profile} data={data} /> : <Curve profile={profile} data={data} />)}
        </section>
      </div>
      {profile.rows === 0 ? (
        <footer class="actions">
          <Key kind="go" icon="check" label={t("result.done-key")} testid="done" onPress={onClose} />
        </footer>
      ) : (
        <Keys view={view} table={table} loaded={data !== null} file={file} onClose={onClose} />
      )}
      {file.shown.value && <CsvDialog view={view} onClose={() => (file.shown.value = false)} />}
    </>
  );
}

function useRows(job: string, profile: ProfileView): { data: ProfileData | null; load: Action } {
  const data = useSignal<ProfileData | null>(null);
  const load = useAction();
  useEffect(() => {
    if (profile.rows === 0) return;
    void load.run(async () => (data.value = prepare(await fetchRows(job), profile.capture_period_s)));
  }, [job]);
  return { data: data.value, load };
}

function Head({ view, profile }: { view: JobView; profile: ProfileView }) {
  return (
    <div class="head">
      <h1>{titleOf(view.job.activity)}</h1>
      <SerialNumber serial={profile.serial} size="sn--row" />
      <p class="end newrows" data-testid="profile-rows">
        <b>{decimal(String(profile.rows))}</b> {t("profile.rows")}
      </p>
    </div>
  );
}

interface KeysProps {
  view: JobView;
  /** The table is shown instead of the curve. */
  table: Signal<boolean>;
  loaded: boolean;
  file: CsvFile;
  onClose: () => void;
}

function Keys({ view, table, loaded, file, onClose }: KeysProps) {
  return (
    <footer class="actions">
      <Key icon="check" label={t("result.done-key")} testid="done" onPress={onClose} />
      {loaded && (
        <Key
          icon={table.value ? "profile" : "table"}
          label={table.value ? t("profile.graph") : t("profile.table")}
          testid="profile-table-key"
          onPress={() => (table.value = !table.value)}
        />
      )}
      {view.csv && <Key icon="file" label={t("result.csv-view")} testid="csv-view" onPress={() => (file.shown.value = true)} />}
      <p class="cap reason path" role="status" data-testid="csv-saved">
        {file.path && t("result.saved", { path: file.path })}
      </p>
      <Key kind="go" icon="in" label={t("result.csv-save")} busy={file.saving.busy} testid="csv-save" onPress={file.save} />
    </footer>
  );
}

/** What the plot shows, in words and with the same marks. */
function Facts({ profile, data }: { profile: ProfileView; data: ProfileData }) {
  const { missing, flaggedRows } = data;
  return (
    <p class="facts-line" data-testid="profile-facts">
      {profile.capture_period_s > 0 && <span>{t("profile.period", { time: duration(profile.capture_period_s) })}</span>}
      {profile.first && profile.last && (
        <span>{t("profile.span", { first: dayAndTime(profile.first), last: dayAndTime(profile.last) })}</span>
      )}
      <span class="tag">
        <Mark name={missing ? "m-unknown" : "m-done"} extra="mark--s" />
        {missing ? t("profile.gaps", { n: decimal(String(missing)) }) : t("profile.no-gaps")}
      </span>
      <span class={flaggedRows ? "tag warn" : "tag"}>
        <Icon name="flag" size="i--s" />
        {flaggedRows ? t("profile.flagged", { n: decimal(String(flaggedRows)) }) : t("profile.no-flags")}
      </span>
    </p>
  );
}

function Curve({ profile, data }: { profile: ProfileView; data: ProfileData }) {
  const days = useSignal<number | null>(data.last - data.first > 8 * DAY_S ? 7 : null);
  const end = useSignal(data.last);
  const shown = useSignal(profile.channels.map((_, channel) => channel === Math.max(0, data.hasCurve.indexOf(true))));
  const point = useSignal<Point | null>(null);
  const span = useComputed(() => spanOf(data, days.value, end.value));
  const move = (by: number) => {
    const step = (days.value ?? 0) * DAY_S;
    end.value = Math.min(data.last, Math.max(data.first + step, end.value + by * step));
  };
  const toggle = (channel: number) => {
    const next = shown.value.map((show, at) => (at === channel ? !show : show));
    if (next.some(Boolean)) shown.value = next;
  };
  return (
    <>
      <div class="tools">
        <div class="seg" role="group" aria-label={t("profile.channels")}>
          {profile.channels.map(
            (name, channel) =>
              data.hasCurve[channel] && (
                <ChannelKey key={name} name={name} channel={channel} on={shown.value[channel] ?? false} onPress={() => toggle(channel)} />
              ),
          )}
        </div>
        <div class="seg end" role="group" aria-label={t("profile.zoom")}>
          <Key kind="small" icon="prev" label={t("profile.earlier")} mute off={days.value === null} testid="earlier" onPress={() => move(-1)} />
          {SPANS.map(([name, length]) => (
            <Key key={name} kind="small" label={t(name)} pressed={days.value === length} testid={name.replace("profile.", "")} onPress={() => (days.value = length)} />
          ))}
          <Key kind="small" icon="next" label={t("profile.later")} mute off={days.value === null} testid="later" onPress={() => move(1)} />
        </div>
      </div>
      <Plot view={profile} data={data} shown={shown.value} span={span.value} onPoint={(at) => (point.value = at)} />
      <Readout profile={profile} point={point.value} />
    </>
  );
}

interface ChannelKeyProps {
  name: string;
  channel: number;
  on: boolean;
  onPress: () => void;
}

/** A channel's key shows its line as the plot draws it. */
function ChannelKey({ name, channel, on, onPress }: ChannelKeyProps) {
  const { ink, dash } = strokeOf(channel);
  return (
    <button type="button" class="btn btn--s channel" aria-pressed={on} data-testid={`channel-${channel}`} onClick={onPress}>
      <svg class="swatch" viewBox="0 0 36 8" aria-hidden="true">
        <path d="M0 4H36" stroke={`var(--${ink})`} stroke-width="3" stroke-dasharray={dash.join(" ")} />
      </svg>
      <span>{name}</span>
    </button>
  );
}

/** The values under the finger; its line is kept free. */
function Readout({ profile, point }: { profile: ProfileView; point: Point | null }) {
  if (!point) return <p class="readout cap">{t("profile.touch")}</p>;
  return (
    <p class="readout" role="status">
      <b>{dayAndTime(new Date(point.time * 1000).toISOString())}</b>
      {profile.channels.map((name, channel) => {
        const value = point.values[channel];
        return (
          <span key={name}>
            {name} {value == null ? t("result.none") : `${decimal(String(value))} ${profile.units[channel] ?? ""}`}
          </span>
        );
      })}
    </p>
  );
}
