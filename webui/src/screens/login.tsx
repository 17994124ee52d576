import { type Signal, useSignal } from "@preact/signals";
import { call } from "../client/socket";
import { agent, sync } from "../client/state";
import { useAction } from "../components/action";
import { BrandSide } from "../components/brand";
import { Field } from "../components/field";
import { Key } from "../components/key";
import { ErrorNote, Note } from "../components/note";
import { PasswordField } from "../components/password-field";
import { StatusStrip } from "../components/status";
import { languageOf, picked, t } from "../i18n/texts";

export function Login() {
  return (
    <div class="app app--bare">
      <StatusStrip />
      <main class="sheet">
        <div class="body body--2l login">
          <Side />
          <section class="col">
            <div class="head">
              <h1>{t("login.title")}</h1>
            </div>
            <Form />
            <Tally />
          </section>
        </div>
      </main>
    </div>
  );
}

function Side() {
  return (
    <BrandSide>
      <p>{t("app.subtitle")}</p>
      {agent.value?.demo && <Note icon="alert">{t("demo")}</Note>}
      {sync.value.online === false && (
        <Note icon="nonet">
          <b>{t("login.offline")}</b> {t("login.offline-do")}
        </Note>
      )}
    </BrandSide>
  );
}

function Form() {
  const username = useSignal("");
  const password = useSignal("");
  const login = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    if (username.value && password.value) void login.run(() => logIn(username.value.trim(), password.value));
  };
  return (
    <form class="login-form" onSubmit={submit}>
      <UserField username={username} />
      <PasswordField password={password} />
      <div class="login-go">
        <Key
          kind="go"
          icon="next"
          submit
          label={t("login.submit")}
          detail={login.busy ? t("login.checking") : undefined}
          busy={login.busy}
          testid="login-submit"
        />
        <p class="cap">{t("login.hint")}</p>
        <ErrorNote error={login.error} testid="login-error" />
      </div>
    </form>
  );
}

function UserField({ username }: { username: Signal<string> }) {
  return (
    <Field label={t("login.user")}>
      <input
        data-testid="login-user"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        maxLength={100}
        required
        value={username.value}
        onInput={(event) => (username.value = event.currentTarget.value)}
      />
    </Field>
  );
}

/** Logs in; a language picked before that becomes the user's own. */
async function logIn(username: string, password: string): Promise<void> {
  const user = await call("session.login", { username, password });
  const wanted = picked.value;
  picked.value = null;
  if (wanted && wanted !== languageOf(user.culture)) await call("culture.set", { culture: wanted });
}

function Tally() {
  const { meters, waiting, refused } = sync.value;
  return (
    <dl class="tally">
      <div>
        <dt>{t("login.meters")}</dt>
        <dd>{meters}</dd>
      </div>
      <div>
        <dt>{t("login.waiting")}</dt>
        <dd>{waiting}</dd>
      </div>
      {refused > 0 && (
        <div>
          <dt>{t("login.attention")}</dt>
          <dd class="bad">{refused}</dd>
        </div>
      )}
    </dl>
  );
}
