import type { JobInfo, StepInfo } from "../client/messages";
import { isUnderWay } from "../client/progress";
import { call } from "../client/socket";
import { steps } from "../client/state";
import { useAction } from "../components/action";
import { JobLog } from "../components/job-log";
import { changesMeter, titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { ErrorNote } from "../components/note";
import { useResume } from "../components/recover";
import { Ruler } from "../components/ruler";
import { SerialNumber } from "../components/serial-number";
import { StepList, stepTitle } from "../components/steps";
import { draftAgain } from "../draft";
import { decimal, duration } from "../i18n/format";
import { t } from "../i18n/texts";
import { leave } from "../places";

/** A job while it runs, and after it failed until the technician has seen it. */
export function EnCurso({ job }: { job: JobInfo }) {
  const step = steps.value.at(-1);
  return (
    <>
      <div class="body body--2e">
        <Progress job={job} step={step} />
        <JobLog />
      </div>
      {isUnderWay(job) ? <RunningKeys job={job} step={step} /> : <FailedKeys job={job} />}
    </>
  );
}

function Progress({ job, step }: { job: JobInfo; step: StepInfo | undefined }) {
  const running = isUnderWay(job);
  return (
    <section class="col" tabIndex={0} aria-label={t("run.running")}>
      <div class="head">
        <h1 class="grow">
          {titleOf(job.activity)} {!running && t("run.failed")}
        </h1>
        <SerialNumber serial={job.serial} size="sn--row" />
      </div>
      <ErrorNote error={job.error} />
      {!running && !job.resumable && <WhetherSaved job={job} />}
      <div class="stepnow">
        <p class="value">
          {step?.index ?? "–"}
          <small> / {step?.total ?? "–"}</small>
        </p>
        <div role="status">
          <p class="big big--wrap">{step ? stepTitle(step) : t("run.opening")}</p>
          {running && <p class="cap">{t("run.keep")}</p>}
        </div>
      </div>
      {job.rows !== null && <RowsSoFar rows={job.rows} />}
      {step && step.octets !== null && <OctetsSoFar octets={step.octets} />}
      {step && <Ruler done={step.index - 1} total={step.total} now={running} label={t("run.step", { n: step.index, total: step.total })} />}
      <StepList steps={steps.value} running={running} />
    </section>
  );
}

function WhetherSaved({ job: { outbox } }: { job: JobInfo }) {
  return outbox ? <p class="cap">{t("run.saved-failed")}</p> : <p class="bad">{t("run.not-saved")}</p>;
}

/** Of a load profile, which takes minutes. */
function RowsSoFar({ rows }: { rows: number }) {
  return (
    <p class="newrows" data-testid="rows-so-far">
      <b>{decimal(String(rows))}</b> {t("run.rows")}
    </p>
  );
}

/** Of a list of objects, which takes up to a minute. */
function OctetsSoFar({ octets }: { octets: number }) {
  return (
    <p class="newrows" data-testid="octets-so-far">
      <b>{decimal(String(octets))}</b> {t("run.octets")}
    </p>
  );
}

function RunningKeys({ job, step }: { job: JobInfo; step: StepInfo | undefined }) {
  const cancel = useAction();
  const done = step ? (step.index - 1) / step.total : 0;
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

/** Once a change has been sent, the job can no longer be cancelled. */
function cancelWords(job: JobInfo): string {
  if (!job.may_cancel) return t("run.past-cancel");
  return changesMeter(job.activity) ? t("run.cancel-change") : t("run.cancel-safe");
}

function FailedKeys({ job }: { job: JobInfo }) {
  const resume = useResume(job);
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
        <Key kind="go" icon="play" label={t("run.again")} testid="again" onPress={() => leave(draftAgain(job))} />
      )}
    </footer>
  );
}
