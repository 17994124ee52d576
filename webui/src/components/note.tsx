import type { ComponentChildren } from "preact";
import type { ErrorInfo } from "../client/messages";
import { plain, warningWords } from "../i18n/words";
import { Icon } from "./icons";

type Tone = "ok" | "warn" | "bad" | "";

export function Note({ tone = "", icon, children }: { tone?: Tone; icon: string; children: ComponentChildren }) {
  return (
    <p class={`note ${tone && `note--${tone}`}`}>
      <Icon name={icon} />
      <span>{children}</span>
    </p>
  );
}

/** What went wrong and what to do; screen readers announce it. */
export function ErrorNote({ error, testid = "error" }: { error: ErrorInfo | null; testid?: string }) {
  if (!error) return null;
  const words = plain(error);
  return (
    <div role="alert" data-testid={testid} data-code={error.code}>
      <Note tone="bad" icon="alert">
        <b>{words.what}</b> {words.do}
      </Note>
    </div>
  );
}

/** What was odd about the meter although the job went through. */
export function Warnings({ codes }: { codes: string[] }) {
  if (codes.length === 0) return null;
  return (
    <div data-testid="warnings">
      <Note tone="warn" icon="alert">
        {codes.map((code) => (
          <b key={code} class="block">
            {warningWords(code)}
          </b>
        ))}
      </Note>
    </div>
  );
}

/** In place of a list that has nothing in it. */
export function EmptyState({ icon, what, todo }: { icon: string; what: string; todo?: string }) {
  return (
    <div class="empty">
      <Icon name={icon} size="i--l" />
      <p>
        <b>{what}</b>
        {todo && <span class="cap block">{todo}</span>}
      </p>
    </div>
  );
}
