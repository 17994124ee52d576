import type { JobInfo, StepInfo } from "./messages";

export function isUnderWay({ state }: JobInfo): boolean {
  return state === "running" || state === "queued";
}

/** A change went to the meter, and neither the agent nor the meter can say what became of it. */
export function isOutcomeOpen({ state }: JobInfo): boolean {
  return state === "unknown" || state === "undecided";
}

/**
 * The steps begun so far. The agent names only the present one, so the earlier ones are collected here; a job that
 * has ended keeps its steps, one that starts or is resumed begins anew.
 */
export function stepsAfter(steps: StepInfo[], before: JobInfo | null, now: JobInfo | null): StepInfo[] {
  const earlier = now && now.id === before?.id ? steps : [];
  const step = now?.step;
  if (step) return [...earlier.filter((one) => one.index < step.index), step];
  return now && isUnderWay(now) ? [] : earlier;
}
