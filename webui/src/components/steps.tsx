import type { StepInfo } from "../client/messages";
import { optionalText, t } from "../i18n/texts";
import { Mark } from "./icons";

/** All steps of a job, those to come too. The last of `steps` is the present one. */
export function StepList({ steps, running }: { steps: StepInfo[]; running: boolean }) {
  const { index: now = 0, total = 0 } = steps.at(-1) ?? {};
  return (
    <ol class="steps" data-testid="steps" data-step={now}>
      {Array.from({ length: total }, (_, i) => i + 1).map((index) => (
        <li key={index} class="line" aria-current={index === now && running ? "step" : undefined}>
          <StepMark index={index} now={now} running={running} />
          <StepWords index={index} step={steps.find((one) => one.index === index)} />
        </li>
      ))}
    </ol>
  );
}

export function stepTitle({ name, index }: StepInfo): string {
  return optionalText(`step.${name}`) ?? t("step.unknown", { n: index });
}

function StepMark({ index, now, running }: { index: number; now: number; running: boolean }) {
  if (index < now) return <Mark name="m-done" label={t("mark.done")} />;
  if (index > now) return <Mark name="m-todo" label={t("mark.todo")} />;
  return running ? <Mark name="m-now" label={t("mark.now")} /> : <Mark name="m-lost" label={t("mark.failed")} />;
}

function StepWords({ index, step }: { index: number; step: StepInfo | undefined }) {
  return (
    <span class="grow">
      {step ? stepTitle(step) : t("step.unknown", { n: index })} <span class="cap mono">{step?.name}</span>
    </span>
  );
}
