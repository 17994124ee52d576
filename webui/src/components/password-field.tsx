import { type Signal, useSignal } from "@preact/signals";
import { t } from "../i18n/texts";
import { Icon } from "./icons";

/** No `Field`: a key inside a label would be pressed with it. */
export function PasswordField({ password, focus = false }: { password: Signal<string>; focus?: boolean }) {
  const shown = useSignal(false);
  return (
    <div class="field">
      <label for="password">{t("login.password")}</label>
      <span class="input">
        <input
          id="password"
          data-testid="login-password"
          {...(shown.value ? { type: "text" as const } : { type: "password" as const })}
          autocomplete="current-password"
          maxLength={200}
          required
          autofocus={focus}
          value={password.value}
          onInput={(event) => (password.value = event.currentTarget.value)}
        />
        <button
          type="button"
          class="btn btn--s btn--in"
          aria-label={t("login.show")}
          aria-pressed={shown.value}
          onClick={() => (shown.value = !shown.value)}
        >
          <Icon name="eye" />
        </button>
      </span>
    </div>
  );
}
