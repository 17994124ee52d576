import { type Signal, useSignal } from "@preact/signals";
import type { CloseOrder, OrderInfo } from "../client/messages";
import { call } from "../client/socket";
import { t } from "../i18n/texts";
import { go } from "../places";
import { useAction } from "./action";
import { Choice } from "./choice";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { Key } from "./key";
import { ErrorNote } from "./note";

type Reason = CloseOrder["reason"];

const REASONS: Reason[] = ["no-access", "broken-display", "meter-not-found", "other"];

interface EndProps {
  order: OrderInfo;
  onClose: () => void;
}

/** Gives the order back to SMM; one that SMM has taken away is only removed from the tablet. */
export function useGiveBack(order: OrderInfo) {
  const action = useAction();
  const press = () =>
    void action.run(async () => {
      await call("orders.release", { orders: [order.id] });
      go("trabajo");
    });
  return { ...action, press };
}

export function ReleaseDialog({ order, onClose }: EndProps) {
  const release = useGiveBack(order);
  return (
    <Dialog
      title={t("order.release-title")}
      onClose={onClose}
      keys={
        <>
          <Key label={t("new.back")} testid="dialog-back" onPress={onClose} />
          <Key icon="out" label={t("order.release")} busy={release.busy} testid="release-yes" onPress={release.press} />
        </>
      }
    >
      <p class="lead">{t("order.release-text")}</p>
      <ErrorNote error={release.error} />
    </Dialog>
  );
}

/** The order cannot be done: why, as a code that SMM counts and a note that people read. */
export function CloseDialog({ order, onClose }: EndProps) {
  const reason = useSignal<Reason | null>(null);
  const note = useSignal("");
  const close = useAction();
  const lacking = reason.value === null || (reason.value === "other" && !note.value.trim());
  const send = async (chosen: Reason) => {
    await call("orders.close", { order: order.id, reason: chosen, note: note.value.trim() });
    go("trabajo");
  };
  const press = () => {
    const chosen = reason.value;
    if (chosen && !lacking) void close.run(() => send(chosen));
  };
  return (
    <Dialog
      title={t("order.close-title")}
      onClose={onClose}
      keys={
        <>
          <Key label={t("new.back")} testid="dialog-back" onPress={onClose} />
          <p class="cap reason">{lacking && t("order.close-missing")}</p>
          <Key kind="stop" icon="cross" label={t("order.close-yes")} busy={close.busy} off={lacking} testid="close-yes" onPress={press} />
        </>
      }
    >
      <ReasonChoice reason={reason} />
      <NoteField note={note} />
      <ErrorNote error={close.error} />
    </Dialog>
  );
}

function ReasonChoice({ reason }: { reason: Signal<Reason | null> }) {
  return (
    <div class="list list--2" role="radiogroup" aria-label={t("order.close-title")}>
      {REASONS.map((one) => (
        <Choice
          key={one}
          label={t(`order.close.${one}`)}
          chosen={reason.value === one}
          testid={`close-${one}`}
          onChoose={() => (reason.value = one)}
        />
      ))}
    </div>
  );
}

function NoteField({ note }: { note: Signal<string> }) {
  return (
    <Field label={t("order.close-note")}>
      <input
        data-testid="close-note"
        maxLength={500}
        autocomplete="off"
        value={note.value}
        onInput={(event) => (note.value = event.currentTarget.value)}
      />
    </Field>
  );
}
