import type { JobView, ReadingView } from "../client/messages";
import { clockSeconds, day, duration } from "../i18n/format";
import { t } from "../i18n/texts";
import { Fact, JobFacts, MeterHead } from "./facts";
import { Icon } from "./icons";

const SCALE_S = 30;

/** What a reading tells about the meter itself: clock, breaker, firmware version. */
export function MeterFacts({ view, reading }: { view: JobView; reading: ReadingView }) {
  return (
    <>
      <MeterHead view={view} />
      <MeterClock reading={reading} />
      <dl>
        <Fact name={t("result.breaker")} testid="result-breaker">
          {reading.breaker && (
            <>
              <Icon name={reading.breaker === "connected" ? "closed" : "open"} />
              {t(`breaker.${reading.breaker}`)}
            </>
          )}
        </Fact>
        <Fact name={t("result.version")} testid="result-version">
          {reading.app_version}
        </Fact>
        <JobFacts view={view} pod={reading.pod} />
      </dl>
    </>
  );
}

function MeterClock({ reading }: { reading: ReadingView }) {
  const { meter_time: time, drift_s: drift } = reading;
  return (
    <div>
      <p class="cap">{t("result.meter-time")}</p>
      <div data-testid="result-time" data-value={time ?? ""}>
        {time ? (
          <p class="big big--wrap">
            {clockSeconds(time)} <span class="cap">{day(time)}</span>
          </p>
        ) : (
          <p class="unknown">{t("result.none")}</p>
        )}
        {drift !== null && <p class="lead">{driftWords(drift)}</p>}
      </div>
      {drift !== null && Math.abs(drift) <= SCALE_S && <Gauge drift={drift} />}
    </div>
  );
}

function driftWords(drift: number): string {
  if (drift === 0) return t("result.exact");
  return t(drift > 0 ? "result.ahead" : "result.behind", { time: duration(Math.abs(drift)) });
}

/** Drift on a scale of ±30 s; the band of ±5 s, within which a clock is not set, is marked. */
function Gauge({ drift }: { drift: number }) {
  const x = (seconds: number) => 300 + 10 * seconds;
  const ticks = Array.from({ length: 25 }, (_, i) => `M${25 * i} ${i % 2 ? 8 : 2}V24`).join("");
  return (
    <div aria-hidden="true">
      <div class="gauge">
        <svg viewBox="0 0 600 34" preserveAspectRatio="none">
          <rect x={x(-5)} y="0" width="100" height="24" fill="var(--ok-bg)" stroke="var(--ok)" />
          <path d={`${ticks}M0 24H600`} stroke="var(--ink)" stroke-width="1.5" vector-effect="non-scaling-stroke" />
          <path d={`M${x(drift)} 0V34`} stroke="var(--warn)" stroke-width="7" vector-effect="non-scaling-stroke" />
        </svg>
      </div>
      <div class="gauge-l">
        <span>−30 s</span>
        <span>0</span>
        <span>+30 s</span>
      </div>
    </div>
  );
}
