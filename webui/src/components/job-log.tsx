import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { LogLine } from "../client/messages";
import { log } from "../client/state";
import { logTime } from "../i18n/format";
import { t } from "../i18n/texts";
import { Key } from "./key";

const expert = signal(false);

/** The communication log of the job, scrolled to its end; the expert view adds frames and APDUs. */
export function JobLog() {
  const end = useRef<HTMLDivElement>(null);
  const lines = log.value.filter((line) => expert.value || !line.expert);
  useEffect(() => {
    end.current?.scrollTo(0, end.current.scrollHeight);
  }, [lines.length]);
  return (
    <section class="col col--sunk col--log">
      <div class="head">
        <h2 class="grow" id="log-title">
          {t("run.log")}
        </h2>
        <Key
          kind="small"
          label={t("run.expert")}
          pressed={expert.value}
          testid="expert"
          onPress={() => (expert.value = !expert.value)}
        />
      </div>
      <div class="log" role="log" aria-labelledby="log-title" tabIndex={0} data-testid="log" ref={end}>
        {lines.map((line, i) => (
          <Line key={i} line={line} last={i === lines.length - 1} />
        ))}
      </div>
    </section>
  );
}

function Line({ line, last }: { line: LogLine; last: boolean }) {
  return (
    <p class={line.expert ? "expert" : last ? "now" : ""}>
      <span class="t">{logTime(line.at)}</span> {line.text}
    </p>
  );
}
