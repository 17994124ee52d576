import { computed } from "@preact/signals";
import type { JobInfo } from "../client/messages";
import { heldOrders } from "../client/orders";
import { job, link, pending } from "../client/state";
import { AttentionRow, isUnfinished } from "../components/attention";
import { history, useHistory } from "../components/history";
import { Icon } from "../components/icons";
import { JobLine, hasResult, stateWord, titleOf } from "../components/jobs";
import { Key } from "../components/key";
import { Note } from "../components/note";
import { Notices } from "../components/notices";
import { HeldOrders } from "../components/order-row";
import { SerialNumber } from "../components/serial-number";
import { isToday, moment } from "../i18n/format";
import { t } from "../i18n/texts";
import { go } from "../places";

const newest = computed(() => job.value ?? recent()[0] ?? null);

export function Trabajo() {
  useHistory();
  const last = newest.value;
  return (
    <>
      <div class="body body--2">
        <section class="col" tabIndex={0} aria-label={t("work.title")}>
          <div class="head">
            <h1>{t("work.title")}</h1>
          </div>
          {link.value.state !== "ready" && (
            <Note tone="warn" icon="link">
              <b>{t("work.no-bird")}</b> {t("work.no-bird-do")}
            </Note>
          )}
          <Notices />
          <Unfinished />
          <div class="sub sub--first">
            <h2>{t("work.orders", { n: heldOrders.value.length })}</h2>
            {heldOrders.value.length > 0 && <span class="cap">{t("work.orders-how")}</span>}
          </div>
          <HeldOrders orders={heldOrders.value} />
          {last && heldOrders.value.length === 0 && <LastMeter last={last} />}
        </section>
        <Today />
      </div>
      <footer class="actions">
        <Key icon="in" label={t("work.download")} testid="descargar" onPress={() => go("descargar")} />
        <Key kind="go" icon="plus" label={t("work.new")} testid="nuevo" onPress={() => go("nuevo")} />
      </footer>
    </>
  );
}

/** Jobs to be settled before anything new is done at their meters. */
function Unfinished() {
  const jobs = pending.value.filter(isUnfinished);
  if (jobs.length === 0) return null;
  return (
    <>
      <h2>{t("done.attention", { n: jobs.length })}</h2>
      <ul class="list" data-testid="open-jobs">
        {jobs.map((one) => (
          <AttentionRow key={one.id} job={one} />
        ))}
      </ul>
    </>
  );
}

function LastMeter({ last }: { last: JobInfo }) {
  return (
    <>
      <h2>{t("work.last")}</h2>
      <div class="plate plate--l">
        <div class="plate-top">
          <Icon name="meter" size="i--l" />
          <SerialNumber serial={last.serial} />
        </div>
        <dl class="plate-facts">
          <div class="fact">
            <dt>{t("work.activity")}</dt>
            <dd>{titleOf(last.activity)}</dd>
          </div>
          <div class="fact">
            <dt>{t("work.state")}</dt>
            <dd>{stateWord(last)}</dd>
          </div>
          <div class="fact">
            <dt>{t("work.when")}</dt>
            <dd>{moment(last.ended_at ?? last.created_at)}</dd>
          </div>
        </dl>
      </div>
      {hasResult(last) && (
        <div>
          <Key icon="table" label={t("work.see")} onPress={() => go(`resultado/${last.id}`)} />
        </div>
      )}
    </>
  );
}

function Today() {
  const jobs = recent().filter((one) => isToday(one.created_at) && !isUnfinished(one));
  return (
    <aside class="col col--sunk" tabIndex={0} aria-label={t("work.today")}>
      <div class="head">
        <h2>{t("work.today")}</h2>
      </div>
      {jobs.length === 0 && <p class="cap">{t("work.today-none")}</p>}
      <ul class="list">
        {jobs.map((one) => (
          <JobLine key={one.id} job={one} from="trabajo" />
        ))}
      </ul>
    </aside>
  );
}

/** Pending jobs and history together, newest first. */
function recent(): JobInfo[] {
  return [...pending.value, ...history.value].sort((a, b) => b.created_at.localeCompare(a.created_at));
}
