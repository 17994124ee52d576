import { useSignal } from "@preact/signals";
import { CallError } from "../client/calls";
import type { ErrorInfo } from "../client/messages";

export interface Action {
  busy: boolean;
  error: ErrorInfo | null;
  run: (work: () => Promise<unknown>) => Promise<void>;
  clear: () => void;
}

/** The action of a key, once at a time: whether it is under way, and how it failed. */
export function useAction(): Action {
  const busy = useSignal(false);
  const error = useSignal<ErrorInfo | null>(null);
  const run = async (work: () => Promise<unknown>) => {
    if (busy.peek()) return;
    busy.value = true;
    error.value = null;
    try {
      await work();
    } catch (failure) {
      error.value = infoOf(failure);
    } finally {
      busy.value = false;
    }
  };
  return { busy: busy.value, error: error.value, run, clear: () => (error.value = null) };
}

function infoOf(failure: unknown): ErrorInfo {
  if (failure instanceof CallError) return failure.info;
  console.error(failure);
  return { code: "internal", params: {}, retryable: false };
}
