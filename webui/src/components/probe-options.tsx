import { useSignal } from "@preact/signals";
import type { ProbeInfo } from "../client/messages";
import { call } from "../client/socket";
import { t } from "../i18n/texts";
import { useAction } from "./action";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { Key } from "./key";
import { ErrorNote } from "./note";

/** Renames a probe that was used on this tablet, or forgets one that was used or is paired. */
export function ProbeOptions({ probe, onClose }: { probe: ProbeInfo; onClose: () => void }) {
  const name = useSignal(probe.name ?? "");
  const action = useAction();
  const thenClose = (work: () => Promise<unknown>) => void action.run(() => work().then(onClose));
  const { address } = probe;
  const rename = () => thenClose(() => call("link.rename", { address, name: name.value }));
  const forget = () => thenClose(() => call("link.forget", { address }));
  return (
    <Dialog
      title={probe.name ?? "N/A"}
      onClose={onClose}
      keys={
        <>
          <Key icon="prev" label={t("link.back")} testid="probe-back" onPress={onClose} />
          <Key kind="stop" icon="cross" label={t("link.forget")} busy={action.busy} testid="probe-forget" onPress={forget} />
          {probe.used && (
            <Key icon="check" label={t("link.rename")} busy={action.busy} testid="probe-rename" onPress={rename} />
          )}
        </>
      }
    >
      <p class="cap mono">{address}</p>
      {probe.used && (
        <Field label={t("link.name")}>
          <input
            data-testid="probe-name"
            maxLength={40}
            value={name.value}
            onInput={(event) => (name.value = event.currentTarget.value)}
          />
        </Field>
      )}
      <p class="cap">{t("link.forget-why")}</p>
      <ErrorNote error={action.error} testid="probe-error" />
    </Dialog>
  );
}
