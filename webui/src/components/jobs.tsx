import type { ComponentChildren } from "preact";
import type { Activity, ActivityInfo, JobInfo } from "../client/messages";
import { isOutcomeOpen } from "../client/progress";
import { agent } from "../client/state";
import { moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { Mark } from "./icons";

const ICONS: Record<Activity, string> = {
  reading: "reading",
  "load-profile": "profile",
  instant: "wave",
  events: "events",
  "credit-read": "credit",
  "prepay-config": "config",
  "credit-charge": "credit",
  disconnect: "open",
  reconnect: "closed",
  clock: "clock",
  change: "change",
};

export function iconOf(activity: Activity): string {
  return ICONS[activity];
}

/** The activity's name, as SMM has it. */
export function titleOf(activity: Activity): string {
  return factsOf(activity)?.title ?? activity;
}

/** Whether it can leave the meter other than it was. */
export function changesMeter(activity: Activity): boolean {
  return factsOf(activity)?.changes_meter ?? true;
}

function factsOf(activity: Activity): ActivityInfo | undefined {
  return agent.value?.activities.find((info) => info.activity === activity);
}

export function hasResult(job: JobInfo): boolean {
  return job.state === "done" && !decisionOn(job);
}

/** What a person in SMM decided about a change whose outcome the meter could not tell. */
function decisionOn(job: JobInfo): "decided-applied" | "decided-not-applied" | null {
  const code = job.error?.code;
  return code === "decided-applied" || code === "decided-not-applied" ? code : null;
}

/** Where a job stands, in a word or two: how far it got, or whether SMM has it. */
export function stateWord(job: JobInfo): string {
  const decision = decisionOn(job);
  if (decision) return t(`job.${decision}`);
  if (isOutcomeOpen(job)) return t(`job.${job.state}`);
  if (job.state === "interrupted") return job.outbox ? t(`outbox.${job.outbox}`) : t("job.interrupted");
  if (job.outbox === "closed") return t("outbox.closed");
  if (job.state === "failed") return t("job.failed");
  return job.outbox ? t(`outbox.${job.outbox}`) : t(`job.${job.state}`);
}

export function markOf(job: JobInfo): [string, string] {
  if (job.outbox === "refused") return ["m-bad", t("mark.attention")];
  if (job.outbox === "closed") return ["m-lost", t("outbox.closed")];
  if (isOutcomeOpen(job)) return ["m-unknown", stateWord(job)];
  if (job.state === "interrupted" || job.state === "failed") return ["m-lost", stateWord(job)];
  if (job.outbox === "waiting") return ["m-wait", t("outbox.waiting")];
  return job.state === "done" ? ["m-done", t("mark.done")] : ["m-now", t("mark.now")];
}

/** A job in a list; one that has a result opens it when touched. */
export function JobLine({ job, from, time = moment, children }: JobLineProps) {
  const words = (
    <>
      <JobMark job={job} />
      <span class="grow">
        <b>{titleOf(job.activity)}</b>
        <span class="cap block cut">{job.serial}</span>
        {children}
      </span>
      <span class="cap num">
        {stateWord(job)}
        <br />
        {time(job.received_at ?? job.closed_at ?? job.ended_at ?? job.created_at)}
      </span>
    </>
  );
  const marks = { "data-testid": `row-${job.id}`, "data-outbox": job.outbox ?? "", "data-state": job.state };
  return (
    <li {...marks}>
      {hasResult(job) ? (
        <a class="row" href={`#resultado/${job.id}/${from}`}>
          {words}
        </a>
      ) : (
        <div class="line line--row">{words}</div>
      )}
    </li>
  );
}

interface JobLineProps {
  job: JobInfo;
  /** The place to go back to from its result. */
  from: "trabajo" | "ejecutado";
  time?: (iso: string) => string;
  children?: ComponentChildren;
}

export function JobMark({ job }: { job: JobInfo }) {
  const [name, label] = markOf(job);
  return <Mark name={name} label={label} />;
}
