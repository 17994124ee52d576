import { isRisky } from "../activities";
import type { Activity } from "../client/messages";
import { t } from "../i18n/texts";
import type { Action } from "./action";
import { titleOf } from "./jobs";
import { Key } from "./key";

interface StartKeyProps {
  activity: Activity;
  /** Another screen comes before the job starts. */
  leadsOn?: boolean;
  begin: Action;
  off?: boolean;
  testid?: string;
  onPress: () => void;
}

/** START, or NEXT where something is still asked or confirmed. */
export function StartKey({ activity, leadsOn = isRisky(activity), begin, off = false, testid = "start", onPress }: StartKeyProps) {
  return (
    <Key
      kind="go"
      icon={leadsOn ? "next" : "play"}
      label={leadsOn ? t("new.next") : t("new.start")}
      detail={begin.busy ? t("new.starting") : titleOf(activity)}
      busy={begin.busy}
      off={off}
      testid={testid}
      onPress={onPress}
    />
  );
}
