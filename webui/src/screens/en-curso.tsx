import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JobInfo, LogLine } from "../client/messages";
import { call } from "../client/socket";
import { log } from "../client/state";
import { useAction } from "../components/action";
import { Mark } from "../components/icons";
import { titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { SerialNumber } from "../components/meter";
import { ErrorNote } from "../components/note";
import { useResume } from "../components/recover";
import { Ruler } from "../components/ruler";
import { decimal, duration, logTime } from "../i18n/format";
import { optionalText, t } from "../i18n/texts";
import { asks, draftJob } from "../draft";
import { leave } from "../places";

interface Steps {
  names: string[];
  total: number;
}

const expert = signal(false);

/** The log is what the page knows of steps that are past, also after a reload. */
const steps = computed<Steps>(() => {
  const found: Steps = { names: [], total: 0 };
  for (const line of log.value) {
    const [, name, index, total] = /^- (\w+) (\d+)\/(\d+)/.exec(line.text) ?? [];
    if (line.expert || !name) continue;
    found.names[Number(index) - 1] = name;
    found.total = Number(total);
  }
  return found;
});

/** A job while it runs, and after it failed until the technician has seen it. */
export function EnCurso({ job }: { job: JobInfo }) {
  const running = job.state === "running" || job.state === "queued";
  return (
    <>
      <div class="body body--2e">
        <Progress job={job} running={running} />
        <Log />
      </div>
      {running ? <RunningKeys job={job} /> : <FailedKeys job={job} />}
    </>
  );
}

function Progress({ job, running }: { job: JobInfo; running: boolean }) {
  const { names, total } = steps.value;
  const now = names.length;
  const name = names[now - 1];
  const notSaved = !running && !job.outbox && !job.resumable;
  return (
    <section class="col" tabIndex={0} aria-label={t("run.running")}>
      <div class="head">
        <h1 class="grow">
          {titleOf(job.activity)} {!running && t("run.failed")}
        </h1>
        <SerialNumber serial={job.serial} size="sn--row" />
      </div>
      <ErrorNote error={job.error} />
      {!running && !job.resumable && <p class={notSaved ? "bad" : "cap"}>{notSaved ? t("run.not-saved") : t("run.saved-failed")}</p>}
      <div class="stepnow">
        <p class="value">
          {now || "–"}
          <small> / {total || "–"}</small>
        </p>
        <div role="status">
          <p class="big big--wrap">{name ? stepTitle(name, now) : t("run.opening")}</p>
          {running && <p class="cap">{t("run.keep")}</p>}
        </div>
      </div>
      {job.rows !== null && <RowsSoFar job={job} />}
      {total > 0 && <Ruler done={now - 1} total={total} now={running} label={t("run.step", { n: now, total })} />}
      <ol class="steps" data-testid="steps" data-step={now}>
        {Array.from({ length: total }, (_, i) => (
          <StepLine key={i} index={i + 1} now={now} name={names[i]} running={running} />
        ))}
      </ol>
    </section>
  );
}

/** A load profile takes minutes: how far it is, and how long still. */
function RowsSoFar({ job }: { job: JobInfo }) {
  return (
    <p class="newrows" data-testid="rows-so-far">
      <b>{decimal(String(job.rows))}</b> {t("run.rows")}
    </p>
  );
}

function StepLine({ index, now, name, running }: { index: number; now: number; name?: string | undefined; running: boolean }) {
  const [mark, label] =
    index < now
      ? ["m-done", t("mark.done")]
      : index > now
        ? ["m-todo", t("mark.todo")]
        : running
          ? ["m-now", t("mark.now")]
          : ["m-lost", t("mark.failed")];
  return (
    <li class="line" aria-current={index === now && running ? "step" : undefined}>
      <Mark name={mark} label={label} />
      <span class="grow">
        {name ? stepTitle(name, index) : t("step.unknown", { n: index })} <span class="cap mono">{name}</span>
      </span>
    </li>
  );
}

function stepTitle(name: string, index: number): string {
  return optionalText(`step.${name}`) ?? t("step.unknown", { n: index });
}

function Log() {
  const end = useRef<HTMLDivElement>(null);
  const lines = log.value.filter((line) => expert.value || !line.expert);
  useEffect(() => {
    end.current?.scrollTo(0, end.current.scrollHeight);
  }, [lines.length]);
  return (
    <section class="col col--sunk col--log">
      <div class="head">
        <h2 class="grow" id="log-title">
          {t("run.log")}
        </h2>
        <Key
          kind="small"
          label={t("run.expert")}
          pressed={expert.value}
          onPress={() => (expert.value = !expert.value)}
          testid="expert"
        />
      </div>
      <div class="log" role="log" aria-labelledby="log-title" tabIndex={0} data-testid="log" ref={end}>
        {lines.map((line, i) => (
          <Line key={i} line={line} last={i === lines.length - 1} />
        ))}
      </div>
    </section>
  );
}

function Line({ line, last }: { line: LogLine; last: boolean }) {
  return (
    <p class={line.expert ? "expert" : last ? "now" : ""}>
      <span class="t">{logTime(line.at)}</span> {line.text}
    </p>
  );
}

function RunningKeys({ job }: { job: JobInfo }) {
  const cancel = useAction();
  const { names, total } = steps.value;
  const done = total ? (names.length - 1) / total : 0;
  return (
    <footer class="actions">
      {job.may_cancel && (
        <Key
          kind="stop"
          icon="stop"
          label={cancel.busy ? t("run.cancelling") : t("run.cancel")}
          busy={cancel.busy}
          testid="cancel"
          onPress={() => void cancel.run(() => call("job.cancel", { job: job.id }))}
        />
      )}
      {cancel.error ? <ErrorNote error={cancel.error} /> : <p class="cap reason">{cancelWords(job)}</p>}
      <div class="busy end" role="status">
        <span class="busy-words">
          <b>{t("run.running")}</b>
          {job.seconds_left !== null && <span data-testid="left">{t("run.left", { time: duration(job.seconds_left) })}</span>}
        </span>
        <div class="track">
          <i style={{ width: `${Math.round(100 * done)}%` }} />
        </div>
      </div>
    </footer>
  );
}

/** After a change has left for the meter there is no way back. */
function cancelWords(job: JobInfo): string {
  if (!job.may_cancel) return t("run.past-cancel");
  return changes(job) ? t("run.cancel-change") : t("run.cancel-safe");
}

function changes({ activity }: JobInfo): boolean {
  return ["disconnect", "reconnect", "prepay-config", "credit-charge", "change", "clock"].includes(activity);
}

function FailedKeys({ job }: { job: JobInfo }) {
  const resume = useResume(job);
  const again = () => {
    if (job.order !== null) return leave(`orden/${job.order}`);
    draftJob(job.serial, job.activity);
    leave(asks(job.activity) ? "preparar" : "nuevo");
  };
  return (
    <footer class="actions">
      <Key label={t("new.back")} testid="back" onPress={() => leave("trabajo")} />
      {job.resumable ? (
        <>
          <div class="reason cap">
            {resume.error ? <ErrorNote error={resume.error} /> : t("run.resume-why", { n: decimal(String(job.rows ?? 0)) })}
          </div>
          <Key kind="go" icon="play" label={t("run.resume")} busy={resume.busy} testid="resume" onPress={resume.press} />
        </>
      ) : (
        <Key kind="go" icon="play" label={t("run.again")} testid="again" onPress={again} />
      )}
    </footer>
  );
}
