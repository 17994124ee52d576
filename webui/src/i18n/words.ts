import en from "../../../agent/domain/words/en.json";
import es from "../../../agent/domain/words/es.json";
import it from "../../../agent/domain/words/it.json";
import type { ErrorInfo } from "../client/messages";
import { type Language, fill, language, optionalText } from "./texts";

interface Plain {
  what: string;
  do: string;
}

const TABLES: Record<Language, Record<string, Plain>> = { es, en, it };

/** What happened and what to do, in the agent's words; a few codes are the page's own. */
export function plain(error: ErrorInfo): Plain {
  const own = { what: optionalText(`error.${error.code}.what`), do: optionalText(`error.${error.code}.do`) };
  const table = TABLES[language.value];
  const words = table[error.code] ?? table["internal"] ?? { what: error.code, do: "" };
  const blanks = { ...error.params, code: error.code };
  return { what: own.what ?? fill(words.what, blanks), do: own.do ?? fill(words.do, blanks) };
}
