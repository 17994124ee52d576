import { useSignal } from "@preact/signals";
import type { ProbeInfo } from "../client/messages";
import { call } from "../client/socket";
import { t } from "../i18n/texts";
import { useAction } from "./action";
import { Dialog } from "./dialog";
import { Key } from "./key";
import { ErrorNote } from "./note";

/** What can be done with a probe that was used here or is paired: a name of its own, or to be forgotten. */
export function ProbeOptions({ probe, onClose }: { probe: ProbeInfo; onClose: () => void }) {
  const name = useSignal(probe.name ?? "");
  const action = useAction();
  const does = (work: () => Promise<unknown>) => void action.run(() => work().then(onClose));
  const { address } = probe;
  const rename = () => does(() => call("link.rename", { address, name: name.value }));
  const forget = () => does(() => call("link.forget", { address }));
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
        <label class="field">
          <span>{t("link.name")}</span>
          <span class="input">
            <input
              data-testid="probe-name"
              maxLength={40}
              value={name.value}
              onInput={(event) => (name.value = event.currentTarget.value)}
            />
          </span>
        </label>
      )}
      <p class="cap">{t("link.forget-why")}</p>
      <ErrorNote error={action.error} testid="probe-error" />
    </Dialog>
  );
}
