import type { JobInfo } from "../client/messages";
import { call } from "../client/socket";
import { pending, sync } from "../client/state";
import { useAction } from "../components/action";
import { AttentionRow, needsAttention } from "../components/attention";
import { history, useHistory } from "../components/history";
import { JobLine } from "../components/jobs";
import { Key } from "../components/key";
import { EmptyState, ErrorNote } from "../components/note";
import { askPassword } from "../components/password-sheet";
import { Ruler } from "../components/ruler";
import { clockTime, day, isToday, moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { plain } from "../i18n/words";

const RULER_LIMIT = 20;

export function Ejecutado() {
  useHistory();
  const run = useAction();
  const now = sync.value;
  return (
    <>
      <div class="body body--2">
        <Pending error={run.error ?? (now.running ? null : now.error)} />
        <Received />
      </div>
      <footer class="actions">
        <SyncState />
        <Key
          kind="go"
          icon="sync"
          label={t("done.sync")}
          detail={now.running ? t("done.syncing") : undefined}
          busy={now.running || run.busy}
          testid="sync"
          onPress={now.password_needed ? askPassword : () => void run.run(() => call("sync.run"))}
        />
      </footer>
    </>
  );
}

function Pending({ error }: { error: JobInfo["error"] }) {
  const attention = pending.value.filter(needsAttention);
  const waiting = pending.value.filter((job) => !needsAttention(job));
  return (
    <section class="col" tabIndex={0} aria-label={t("done.title")}>
      <div class="head">
        <h1>{t("done.title")}</h1>
        <span class="cap end">{t("done.subtitle")}</span>
      </div>
      <ErrorNote error={error} />
      {attention.length > 0 && (
        <>
          <h2>{t("done.attention", { n: attention.length })}</h2>
          <ul class="list">
            {attention.map((job) => (
              <AttentionRow key={job.id} job={job} />
            ))}
          </ul>
        </>
      )}
      {waiting.length > 0 && <h2>{t("done.waiting", { n: waiting.length })}</h2>}
      {pending.value.length === 0 && <EmptyState icon="done" what={t("done.empty")} todo={t("done.empty-do")} />}
      <ul class="list">
        {waiting.map((job) => (
          <JobLine key={job.id} job={job} from="ejecutado">
            {job.error && <span class="block bad">{plain(job.error).what}</span>}
          </JobLine>
        ))}
      </ul>
    </section>
  );
}

function Received() {
  const days = [...new Set(history.value.map((job) => day(when(job))))];
  return (
    <aside class="col col--sunk" tabIndex={0} aria-label={t("done.received")}>
      <div class="head">
        <h2>{t("done.received")}</h2>
      </div>
      {days.length === 0 && <p class="cap">{t("done.received-none")}</p>}
      {days.map((one) => {
        const jobs = history.value.filter((job) => day(when(job)) === one);
        const first = jobs[0];
        return (
          <section key={one} class="list">
            <h3 class="cap">{first && isToday(when(first)) ? t("today") : one}</h3>
            <ul class="list">
              {jobs.map((job) => (
                <JobLine key={job.id} job={job} from="ejecutado" time={clockTime} />
              ))}
            </ul>
          </section>
        );
      })}
    </aside>
  );
}

function when(job: JobInfo): string {
  return job.received_at ?? job.ended_at ?? job.created_at;
}

function SyncState() {
  const { running, done, total, last_at } = sync.value;
  if (!running) {
    return <p class="cap reason">{last_at ? t("done.last", { time: moment(last_at) }) : t("done.never")}</p>;
  }
  const words = total > 0 ? t("done.sending", { n: Math.min(done + 1, total), total }) : t("done.fetching");
  return (
    <div class="busy grow" role="status" data-testid="sync-progress">
      <b>{words}</b>
      {total > 0 && <Ruler small now done={scaled(done, total)} total={Math.min(total, RULER_LIMIT)} label={words} />}
    </div>
  );
}

/** Many envelopes share a graduation, so that graduations can still be told apart. */
function scaled(done: number, total: number): number {
  return total <= RULER_LIMIT ? done : Math.floor((done * RULER_LIMIT) / total);
}
