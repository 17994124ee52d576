import type { ErrorInfo, MeterCard } from "../client/messages";
import { t } from "../i18n/texts";
import { Icon } from "./icons";
import { ErrorNote } from "./note";
import { SerialNumber } from "./serial-number";

export interface MeterFacts {
  pod: string | null;
  address: string | null;
  customer: string | null;
}

/** The meter as a nameplate; nothing else has the thick frame. */
export function Plate({ serial, facts, small = false }: { serial: string; facts: MeterFacts | null; small?: boolean }) {
  return (
    <div class={small ? "plate plate--s" : "plate"} data-testid="plate">
      <div class="plate-top">
        <Icon name="meter" size={small ? "" : "i--l"} />
        <SerialNumber serial={serial} />
      </div>
      <dl class="plate-facts">
        <PlateFact name={t("meter.pod")} value={facts?.pod} />
        <PlateFact name={t("meter.customer")} value={facts?.customer} />
        <PlateFact name={t("meter.address")} value={facts?.address} />
      </dl>
    </div>
  );
}

function PlateFact({ name, value }: { name: string; value: string | null | undefined }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{value ?? <span class="unknown" role="img" aria-label={t("result.none")} />}</dd>
    </div>
  );
}

/** Why nothing can be done at this meter now, and what to do. */
export function MeterTrouble({ card, error }: { card: MeterCard | null; error: ErrorInfo | null }) {
  const noKey = card && !card.has_key ? { code: "meter-no-key", params: { serial: card.serial }, retryable: true } : null;
  return (
    <>
      <ErrorNote error={error ?? noKey} testid="meter-trouble" />
      <ErrorNote error={card?.blocked ?? null} testid="meter-blocked" />
    </>
  );
}
