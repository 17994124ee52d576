import type { JobInfo, StepInfo } from "./messages";

export function isUnderWay({ state }: JobInfo): boolean {
  return state === "running" || state === "queued";
}

/** A change went to the meter, and neither the agent nor the meter can say what became of it. */
export function isOutcomeOpen({ state }: JobInfo): boolean {
  return state === "unknown" || state === "undecided";
}

/**
 * The steps begun so far. They are collected here, so that a job that has ended keeps them; one that starts or is
 * resumed begins anew, and a page that opens in the middle of a job gets the earlier ones from the agent.
 */
export function stepsAfter(steps: StepInfo[], before: JobInfo | null, now: JobInfo | null): StepInfo[] {
  const earlier = now && now.id === before?.id ? steps : (now?.past_steps ?? []);
  const step = now?.step;
  if (step) return [...earlier.filter((one) => one.index < step.index), step];
  return now && isUnderWay(now) ? [] : earlier;
}
