import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { CallError } from "../client/calls";
import type { ErrorInfo, MeterCard } from "../client/messages";
import { call } from "../client/socket";
import { sync } from "../client/state";
import { isSerial } from "./meter";

/** To wait for the next key where the serial number is still being typed. */
export const TYPING_MS = 250;

export interface Known {
  card: MeterCard | null;
  error: ErrorInfo | null;
  /** The agent was asked, and answered or failed. */
  asked: boolean;
}

const NOTHING: Known = { card: null, error: null, asked: false };

/** The last one, so that the next screen need not ask again before it shows. */
const known = signal<Known & { serial: string }>({ serial: "", ...NOTHING });

/** What this tablet knows of a meter, as soon as its serial number is complete, and again after each SYNC. */
export function useCard(serial: string, wait = 0): Known {
  const synced = sync.value.last_at;
  useEffect(() => {
    if (!isSerial(serial)) return undefined;
    let current = true;
    const ask = async () => {
      const found = await lookUp(serial);
      if (current) known.value = { serial, ...found };
    };
    const timer = window.setTimeout(() => void ask(), wait);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [serial, synced]);
  return known.value.serial === serial ? known.value : NOTHING;
}

/** A failure says nothing of the meter and is not shown; START will say what is wrong. */
async function lookUp(serial: string): Promise<Known> {
  try {
    return { card: await call("meter.card", { serial }), error: null, asked: true };
  } catch (failure) {
    const isUnknown = failure instanceof CallError && failure.info.code === "meter-unknown";
    return { card: null, error: isUnknown ? failure.info : null, asked: true };
  }
}
