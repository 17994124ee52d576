import { effect, signal, useSignal } from "@preact/signals";
import { isUnderWay } from "../client/progress";
import { call } from "../client/socket";
import { job, sync, user } from "../client/state";
import { t } from "../i18n/texts";
import { useAction } from "./action";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { Key } from "./key";
import { ErrorNote } from "./note";
import { PasswordField } from "./password-field";

const FORM = "password-form";

/** `later`: the technician does not want to be asked now; `asked`: they have touched SYNC. */
const wish = signal<"none" | "later" | "asked">("none");

effect(() => {
  if (!sync.value.password_needed) wish.value = "none";
});

/** Opens the sheet at the technician's wish. */
export function askPassword(): void {
  wish.value = "asked";
}

/** Over whatever screen, once SMM is there and lacks a session; a job under way is not disturbed. */
export function PasswordSheet() {
  const { password_needed, online } = sync.value;
  if (!password_needed || wish.value === "later") return null;
  const disturbs = online !== true || (job.value !== null && isUnderWay(job.value));
  return disturbs && wish.value !== "asked" ? null : <Sheet />;
}

function Sheet() {
  const password = useSignal("");
  const open = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    if (password.value) void open.run(() => call("session.renew", { password: password.value }));
  };
  const later = () => (wish.value = "later");
  return (
    <Dialog title={t("password.title")} onClose={later} keys={<Keys busy={open.busy} lacking={!password.value} onLater={later} />}>
      <p class="lead">{t("password.why")}</p>
      <form id={FORM} class="login-form" onSubmit={submit}>
        <Field label={t("login.user")}>
          <input data-testid="password-user" autocomplete="username" readOnly value={user.value?.username ?? ""} />
        </Field>
        <PasswordField password={password} focus />
      </form>
      <ErrorNote error={open.error ?? sync.value.error} testid="password-error" />
    </Dialog>
  );
}

function Keys({ busy, lacking, onLater }: { busy: boolean; lacking: boolean; onLater: () => void }) {
  const logOut = () => void call("session.logout").catch(() => undefined);
  return (
    <>
      <Key label={t("password.later")} testid="password-later" onPress={onLater} />
      <Key label={t("account.logout")} testid="password-logout" onPress={logOut} />
      <Key
        submit
        form={FORM}
        icon="sync"
        label={t("password.go")}
        detail={busy ? t("login.checking") : undefined}
        busy={busy}
        off={lacking}
        testid="password-go"
      />
    </>
  );
}
