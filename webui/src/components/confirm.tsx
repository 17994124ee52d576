import type { ComponentChildren } from "preact";
import { t } from "../i18n/texts";
import { Dialog } from "./dialog";
import { Key } from "./key";
import { SerialNumber } from "./meter";

interface ConfirmProps {
  title: string;
  serial: string;
  pod: string | null;
  label: string;
  onYes: () => void;
  onNo: () => void;
  children?: ComponentChildren;
}

/** Names the meter and its point of delivery before something is changed there. */
export function Confirm({ title, serial, pod, label, onYes, onNo, children }: ConfirmProps) {
  return (
    <Dialog
      title={title}
      onClose={onNo}
      keys={
        <>
          <Key label={t("confirm.no")} testid="confirm-no" onPress={onNo} />
          <Key kind="go" icon="check" label={label} testid="confirm-yes" onPress={onYes} />
        </>
      }
    >
      <p>
        <SerialNumber serial={serial} />
      </p>
      <dl>
        <div class="line">
          <dt class="grow">{t("result.pod")}</dt>
          <dd data-testid="confirm-pod">{pod ?? <span class="unknown">{t("result.none")}</span>}</dd>
        </div>
        {children}
      </dl>
    </Dialog>
  );
}
