import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { CallError } from "../client/calls";
import type { ErrorInfo, MeterCard } from "../client/messages";
import { call } from "../client/socket";
import { sync } from "../client/state";
import { isSerial } from "../serial";

/** How long to wait for the next key while a serial number is being typed. */
export const TYPING_MS = 250;

export interface CardLookup {
  card: MeterCard | null;
  error: ErrorInfo | null;
  /** The agent was asked, and has answered or failed. */
  asked: boolean;
}

const NONE: CardLookup = { card: null, error: null, asked: false };

/** The last one; the next screen shows it at once instead of asking again. */
const last = signal<CardLookup & { serial: string }>({ serial: "", ...NONE });

/** What this tablet knows of a meter; asked once the serial number is complete, and again after each SYNC. `wait` in ms. */
export function useCard(serial: string, wait = 0): CardLookup {
  const synced = sync.value.last_at;
  useEffect(() => {
    if (!isSerial(serial)) return undefined;
    let current = true;
    const ask = async () => {
      const found = await lookUp(serial);
      if (current) last.value = { serial, ...found };
    };
    const timer = window.setTimeout(() => void ask(), wait);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [serial, synced]);
  return last.value.serial === serial ? last.value : NONE;
}

/** Any failure but `meter-unknown` says nothing about the meter and is not shown: START will tell. */
async function lookUp(serial: string): Promise<CardLookup> {
  try {
    return { card: await call("meter.card", { serial }), error: null, asked: true };
  } catch (failure) {
    const isUnknown = failure instanceof CallError && failure.info.code === "meter-unknown";
    return { card: null, error: isUnknown ? failure.info : null, asked: true };
  }
}
