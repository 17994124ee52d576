import { computed, signal } from "@preact/signals";
import { user } from "../client/state";
import { en } from "./en";
import { es } from "./es";
import { it } from "./it";

export type TextKey = keyof typeof es;
export type Language = "es" | "en" | "it";
export type Blanks = Record<string, string | number>;

const KEPT_AS = "eplus.language";
const TABLES: Record<Language, Record<TextKey, string>> = { es, en, it };

/** The language picked on this page before anybody logged in; the login passes it on. */
export const picked = signal<Language | null>(null);

const kept = signal<Language>(languageOf(localStorage.getItem(KEPT_AS) ?? "es"));

/** Decides language and number format: the user's, or the last one chosen while nobody is logged in. */
export const culture = computed(() => user.value?.culture ?? kept.value);
export const language = computed(() => languageOf(culture.value));

export function keepLanguage(chosen: Language): void {
  kept.value = chosen;
  localStorage.setItem(KEPT_AS, chosen);
}

/** The text in the current language. */
export function t(key: TextKey, blanks: Blanks = {}): string {
  return fill(TABLES[language.value][key], blanks);
}

/** The text of a key composed at run time, or none. */
export function optionalText(key: string): string | null {
  return key in es ? t(key as TextKey) : null;
}

/** Fills `{name}`; a blank that is not given shows as `?`. */
export function fill(text: string, blanks: Blanks): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(blanks[name] ?? "?"));
}

export function languageOf(name: string): Language {
  const [first = ""] = name.toLowerCase().split("-");
  return first in TABLES ? (first as Language) : "es";
}
