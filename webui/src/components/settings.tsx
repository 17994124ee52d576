import { signal } from "@preact/signals";
import { call } from "../client/socket";
import { user } from "../client/state";
import { type Language, keepLanguage, language, picked, t } from "../i18n/texts";
import { Key } from "./key";

type Theme = "day" | "night" | "contrast";

const KEPT_AS = "eplus.theme";
const LANGUAGES: [Language, string][] = [
  ["es", "Español"],
  ["en", "English"],
  ["it", "Italiano"],
];

export const theme = signal<Theme>(themeOf(localStorage.getItem(KEPT_AS)));

export function showTheme(): void {
  document.documentElement.dataset["theme"] = theme.value;
}

export function ThemeChoice() {
  return (
    <div class="choice" role="group" aria-label={t("theme")}>
      <p class="cap">{t("theme")}</p>
      <div class="seg">
        <ThemeKey of="day" icon="sun" label={t("theme.day")} />
        <ThemeKey of="night" icon="moon" label={t("theme.night")} />
        <ThemeKey of="contrast" icon="contrast" label={t("theme.contrast")} mute />
      </div>
    </div>
  );
}

export function LanguageChoice() {
  return (
    <div class="choice" role="group" aria-label={t("language")}>
      <p class="cap">{t("language")}</p>
      <div class="seg">
        {LANGUAGES.map(([code, name]) => (
          <Key
            key={code}
            kind="small"
            label={name}
            pressed={language.value === code}
            testid={`lang-${code}`}
            onPress={() => pickLanguage(code)}
          />
        ))}
      </div>
    </div>
  );
}

function ThemeKey({ of, icon, label, mute = false }: { of: Theme; icon: string; label: string; mute?: boolean }) {
  return (
    <Key kind="small" icon={icon} label={label} mute={mute} pressed={theme.value === of} onPress={() => pickTheme(of)} />
  );
}

function pickLanguage(code: Language): void {
  keepLanguage(code);
  if (user.value) void call("culture.set", { culture: code }).catch(() => undefined);
  else picked.value = code;
}

function pickTheme(chosen: Theme): void {
  theme.value = chosen;
  localStorage.setItem(KEPT_AS, chosen);
  showTheme();
}

function themeOf(text: string | null): Theme {
  return text === "night" || text === "contrast" ? text : "day";
}
