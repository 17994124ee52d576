import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JobInfo } from "../client/messages";
import { call } from "../client/socket";
import { pending, sync } from "../client/state";
import { type Action, useAction } from "../components/action";
import { AttentionRow, countAttention, needsAttention } from "../components/attention";
import {
  history,
  historyGoesOn,
  moreHistory,
  morePending,
  pendingGoesOn,
  useHistory,
  usePending,
} from "../components/history";
import { ExportKey } from "../components/export-key";
import { JobLine } from "../components/jobs";
import { Key } from "../components/key";
import { More } from "../components/more";
import { EmptyState, ErrorNote } from "../components/note";
import { Notices } from "../components/notices";
import { askPassword } from "../components/password-sheet";
import { Ruler } from "../components/ruler";
import { clockTime, day, isToday, moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { plain } from "../i18n/words";

const RULER_LIMIT = 20;

export function Ejecutado() {
  useHistory();
  const run = useAction();
  const again = useSignal(false);
  const now = sync.value;
  useEffect(() => {
    again.value = false;
  }, [now.running]);
  return (
    <>
      <div class="body body--2">
        <Pending error={run.error ?? (now.running ? null : now.error)} />
        <Received />
      </div>
      <footer class="actions">
        <SyncState again={again.value} />
        <Key
          kind="go"
          icon="sync"
          label={t("done.sync")}
          detail={now.running ? t("done.syncing") : undefined}
          testid="sync"
          onPress={() => press(run, again)}
        />
      </footer>
    </>
  );
}

/** Whatever the state, it does something: asks for the password, begins, or takes along what has come meanwhile. */
function press(run: Action, again: Signal<boolean>): void {
  const { password_needed, running } = sync.value;
  if (password_needed) return askPassword();
  if (!running) return void run.run(() => call("sync.run"));
  again.value = true;
  void call("sync.run").catch(() => undefined);
}

function Pending({ error }: { error: JobInfo["error"] }) {
  const jobs = usePending();
  const attention = jobs.filter(needsAttention);
  const waiting = jobs.filter((job) => !needsAttention(job));
  return (
    <section class="col" tabIndex={0} aria-label={t("done.title")}>
      <div class="head">
        <h1>{t("done.title")}</h1>
        <span class="cap end">{t("done.subtitle")}</span>
      </div>
      <Notices />
      <ErrorNote error={error} />
      {attention.length > 0 && (
        <>
          <h2>{t("done.attention", { n: countAttention(pending.value) })}</h2>
          <ul class="list">
            {attention.map((job) => (
              <AttentionRow key={job.id} job={job} />
            ))}
          </ul>
        </>
      )}
      {waiting.length > 0 && <h2>{t("done.waiting", { n: pendingGoesOn.value ? sync.value.waiting : waiting.length })}</h2>}
      {jobs.length === 0 && <EmptyState icon="done" what={t("done.empty")} todo={t("done.empty-do")} />}
      <ul class="list">
        {waiting.map((job) => (
          <JobLine key={job.id} job={job} from="ejecutado">
            {job.error && <span class="block bad">{plain(job.error).what}</span>}
          </JobLine>
        ))}
      </ul>
      {pendingGoesOn.value && <More testid="more-pending" onMore={morePending} />}
      <ExportKey />
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
                <JobLine key={job.id} job={job} from="ejecutado" time={clockTime}>
                  {job.outbox === "closed" && <span class="block">{closedBy(job)}</span>}
                </JobLine>
              ))}
            </ul>
          </section>
        );
      })}
      {historyGoesOn.value && <More testid="more-history" onMore={moreHistory} />}
    </aside>
  );
}

function closedBy(job: JobInfo): string {
  return t("done.closed-by", { who: job.closed_by ?? "", note: job.closed_note ?? "" });
}

function when(job: JobInfo): string {
  return job.received_at ?? job.closed_at ?? job.ended_at ?? job.created_at;
}

function SyncState({ again }: { again: boolean }) {
  const { running, done, total, last_at } = sync.value;
  if (!running) {
    return <p class="cap reason">{last_at ? t("done.last", { time: moment(last_at) }) : t("done.never")}</p>;
  }
  const words = total > 0 ? t("done.sending", { n: Math.min(done + 1, total), total }) : t("done.fetching");
  return (
    <div class="busy grow" role="status" data-testid="sync-progress">
      <b>{words}</b>
      {again && <span class="cap block">{t("done.again")}</span>}
      {total > 0 && <Ruler small now done={scaled(done, total)} total={Math.min(total, RULER_LIMIT)} label={words} />}
    </div>
  );
}

/** Many envelopes share a graduation, so that graduations can still be told apart. */
function scaled(done: number, total: number): number {
  return total <= RULER_LIMIT ? done : Math.floor((done * RULER_LIMIT) / total);
}
