import type { Activity } from "./client/messages";

/** Activities that are confirmed with the meter, the POD and the amount in sight. */
export type RiskyActivity = "disconnect" | "credit-charge" | "change";

const RISKY: Activity[] = ["disconnect", "credit-charge", "change"] satisfies RiskyActivity[];

export function isRisky(activity: Activity): activity is RiskyActivity {
  return RISKY.includes(activity);
}
