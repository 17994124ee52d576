import { useSignal } from "@preact/signals";
import type { JobInfo } from "../client/messages";
import { call } from "../client/socket";
import { t } from "../i18n/texts";
import { useAction } from "./action";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { Key } from "./key";
import { ErrorNote } from "./note";

const SHORTEST_NOTE = 3;

/** The ways out for a job that SMM refused. */
export function RefusedKeys({ job }: { job: JobInfo }) {
  const closing = useSignal(false);
  const retry = useAction();
  return (
    <>
      <ErrorNote error={retry.error} />
      <div class="tools">
        {job.may_retry && (
          <Key
            icon="sync"
            label={t("done.retry")}
            busy={retry.busy}
            testid={`retry-${job.id}`}
            onPress={() => void retry.run(() => call("outbox.retry", { job: job.id }))}
          />
        )}
        <Key icon="cross" label={t("done.close")} testid={`close-${job.id}`} onPress={() => (closing.value = true)} />
      </div>
      {closing.value && <CloseDialog job={job} onClose={() => (closing.value = false)} />}
    </>
  );
}

function CloseDialog({ job, onClose }: { job: JobInfo; onClose: () => void }) {
  const note = useSignal("");
  const close = useAction();
  const words = note.value.trim();
  const press = () => void close.run(() => call("outbox.close", { job: job.id, note: words }));
  return (
    <Dialog
      title={t("done.close-title")}
      onClose={onClose}
      keys={
        <>
          <Key label={t("new.back")} testid="dialog-back" onPress={onClose} />
          <Key
            kind="stop"
            icon="cross"
            label={t("done.close-yes")}
            busy={close.busy}
            off={words.length < SHORTEST_NOTE}
            testid="close-yes"
            onPress={press}
          />
        </>
      }
    >
      <p class="lead">{t("done.close-text")}</p>
      <Field label={t("done.close-note")}>
        <input
          data-testid="close-note"
          maxLength={250}
          autocomplete="off"
          value={note.value}
          onInput={(event) => (note.value = event.currentTarget.value)}
        />
      </Field>
      <ErrorNote error={close.error} />
    </Dialog>
  );
}
