import en from "../../../agent/domain/words/en.json";
import es from "../../../agent/domain/words/es.json";
import it from "../../../agent/domain/words/it.json";
import enWarnings from "../../../agent/domain/words/warnings/en.json";
import esWarnings from "../../../agent/domain/words/warnings/es.json";
import itWarnings from "../../../agent/domain/words/warnings/it.json";
import type { ErrorInfo } from "../client/messages";
import { type Language, fill, language, optionalText } from "./texts";

interface PlainWords {
  what: string;
  do: string;
}

const TABLES: Record<Language, Record<string, PlainWords>> = { es, en, it };
const WARNINGS: Record<Language, Record<string, string> & { unknown: string }> = { es: esWarnings, en: enWarnings, it: itWarnings };

/** What happened and what to do, in the agent's words, or the page's for the few codes of its own. */
export function plain(error: ErrorInfo): PlainWords {
  const own = { what: optionalText(`error.${error.code}.what`), do: optionalText(`error.${error.code}.do`) };
  const table = TABLES[language.value];
  const words = table[error.code] ?? table["internal"] ?? { what: error.code, do: "" };
  const blanks = { ...error.params, code: error.code };
  return { what: own.what ?? fill(words.what, blanks), do: own.do ?? fill(words.do, blanks) };
}

/** What was odd about the meter, in the agent's words. */
export function warningWords(code: string): string {
  const words = WARNINGS[language.value];
  return fill(words[code] ?? words.unknown, { code });
}
