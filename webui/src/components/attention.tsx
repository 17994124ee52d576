import type { ComponentChildren } from "preact";
import type { ErrorInfo, JobInfo } from "../client/messages";
import { isOutcomeOpen } from "../client/progress";
import { call } from "../client/socket";
import { draftAgain } from "../draft";
import { decimal, moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { plain } from "../i18n/words";
import { go } from "../places";
import { useAction } from "./action";
import { JobMark, titleOf } from "./jobs";
import { Key } from "./key";
import { ErrorNote } from "./note";
import { RefusedKeys } from "./refused";
import { useCheck, useResume } from "./recover";

const REASONS: Partial<Record<JobInfo["state"], string>> = {
  interrupted: "job-interrupted",
  unknown: "outcome-unknown",
  undecided: "outcome-undecided",
};

const TOLD = 50;

export function needsAttention(job: JobInfo): boolean {
  return isUnfinished(job) || job.outbox === "refused";
}

/** How many jobs need a person; the agent tells these first, and not all of very many. */
export function countAttention(told: JobInfo[]): string {
  const n = told.filter(needsAttention).length;
  return n === told.length && n >= TOLD ? `${n}+` : String(n);
}

/** Interrupted, or its outcome is open. */
export function isUnfinished(job: JobInfo): boolean {
  return job.state in REASONS;
}

/** A job that needs the technician: the reason, and what can be done. */
export function AttentionRow({ job }: { job: JobInfo }) {
  const words = plain(reasonOf(job));
  return (
    <li
      class={isOutcomeOpen(job) ? "attention attention--unknown" : "attention"}
      data-testid={`row-${job.id}`}
      data-outbox={job.outbox ?? ""}
      data-state={job.state}
    >
      <JobMark job={job} />
      <div class="grow">
        <p class="lead">
          <b>{titleOf(job.activity)}</b>
        </p>
        <p class="cap">
          {job.serial} · {moment(job.created_at)}
          {job.order !== null && ` · ${t("order.number", { n: job.order })}`}
          {job.rows !== null && ` · ${t("done.rows", { n: decimal(String(job.rows)) })}`}
        </p>
        <p>
          <b class="bad">{words.what}</b> {words.do}
        </p>
        <NextSteps job={job} />
      </div>
    </li>
  );
}

function reasonOf(job: JobInfo): ErrorInfo {
  const code = REASONS[job.state] ?? "internal";
  return job.outbox_error ?? job.error ?? { code, params: { serial: job.serial }, retryable: true };
}

function NextSteps({ job }: { job: JobInfo }) {
  if (job.state === "unknown") return <CheckMeter job={job} />;
  if (job.state === "undecided") return <Undecided job={job} />;
  if (job.state === "interrupted") return job.resumable ? <Resume job={job} /> : <Again job={job} />;
  if (job.outbox === "refused") return <RefusedKeys job={job} />;
  return null;
}

function CheckMeter({ job }: { job: JobInfo }) {
  const check = useCheck(job);
  return (
    <Tools error={check.error}>
      <Key kind="small" icon="search" label={t("unknown.check")} busy={check.busy} testid={`check-${job.id}`} onPress={check.press} />
      <WhatIsKnown job={job} />
    </Tools>
  );
}

function Undecided({ job }: { job: JobInfo }) {
  return (
    <Tools error={null}>
      <WhatIsKnown job={job} />
    </Tools>
  );
}

function WhatIsKnown({ job }: { job: JobInfo }) {
  const see = () => go(`resultado/${job.id}/ejecutado`);
  return <Key kind="small" icon="info" label={t("done.see")} testid={`see-${job.id}`} onPress={see} />;
}

function Resume({ job }: { job: JobInfo }) {
  const resume = useResume(job);
  return (
    <Tools error={resume.error}>
      <Key kind="small" icon="play" label={t("done.resume-rows")} busy={resume.busy} testid={`resume-${job.id}`} onPress={resume.press} />
      <Dismiss job={job} />
    </Tools>
  );
}

function Again({ job }: { job: JobInfo }) {
  return (
    <Tools error={null}>
      <Key kind="small" icon="play" label={t("done.resume")} testid={`again-${job.id}`} onPress={() => go(draftAgain(job))} />
      <Dismiss job={job} />
    </Tools>
  );
}

function Tools({ error, children }: { error: ErrorInfo | null; children: ComponentChildren }) {
  return (
    <>
      <ErrorNote error={error} />
      <div class="tools">{children}</div>
    </>
  );
}

function Dismiss({ job }: { job: JobInfo }) {
  const dismiss = useAction();
  return (
    <>
      <Key
        kind="small"
        label={t("done.dismiss")}
        busy={dismiss.busy}
        testid={`dismiss-${job.id}`}
        onPress={() => void dismiss.run(() => call("job.dismiss", { job: job.id }))}
      />
      <ErrorNote error={dismiss.error} />
    </>
  );
}
