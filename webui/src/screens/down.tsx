import { retryNow } from "../client/socket";
import { BrandSide } from "../components/brand";
import { Key } from "../components/key";
import { Note } from "../components/note";
import { t } from "../i18n/texts";

/** There is no agent, or it does not serve this page: what that means, and what to do. */
export function Down({ state }: { state: "agent-down" | "not-permitted" }) {
  const down = state === "agent-down";
  return (
    <div class="app app--bare app--still">
      <main class="sheet" data-testid={state}>
        <div class="body body--2l">
          <BrandSide />
          <section class="col" role="alert">
            <div class="head">
              <h1>{down ? t("down.title") : t("permit.title")}</h1>
            </div>
            <p class="lead">{down ? t("down.text") : t("permit.text")}</p>
            <Note tone="warn" icon="alert">
              <b>{down ? t("down.do") : t("permit.do")}</b>
            </Note>
          </section>
        </div>
        <footer class="actions">
          <Key kind="go" icon="sync" label={t("down.retry")} onPress={retryNow} />
        </footer>
      </main>
    </div>
  );
}

/** Until the agent has sent its first snapshot. */
export function Waiting() {
  return (
    <div class="app app--bare app--still">
      <main class="sheet">
        <div class="body body--2l">
          <BrandSide />
          <section class="col">
            <div class="head" role="status">
              <h1>{t("connecting")}</h1>
            </div>
          </section>
        </div>
      </main>
    </div>
  );
}
