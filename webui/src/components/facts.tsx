import type { ComponentChildren } from "preact";
import type { JobView } from "../client/messages";
import { moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { JobMark, stateWord } from "./jobs";

/** A fact of a result; an unknown one is hatched, never blank. */
export function Fact({ name, testid, children }: { name: string; testid: string; children: ComponentChildren }) {
  return (
    <div class="line">
      <dt class="grow">{name}</dt>
      <dd data-testid={testid}>{children ?? <span class="unknown">{t("result.none")}</span>}</dd>
    </div>
  );
}

/** The POD and the order of the job, and whether SMM has received it. */
export function JobFacts({ view, pod }: { view: JobView; pod: string | null }) {
  return (
    <>
      <Fact name={t("result.pod")} testid="result-pod">
        {pod}
      </Fact>
      {view.job.order !== null && (
        <Fact name={t("order.order")} testid="result-order">
          {view.job.order}
        </Fact>
      )}
      <Fact name={t("result.outbox")} testid="result-outbox">
        <JobMark job={view.job} />
        {stateWord(view.job)}
      </Fact>
    </>
  );
}

export function MeterHead({ view }: { view: JobView }) {
  return (
    <div class="head">
      <h2>{t("result.meter")}</h2>
      <span class="cap end">{t("result.on-tablet", { time: moment(view.job.ended_at ?? view.job.created_at) })}</span>
    </div>
  );
}
