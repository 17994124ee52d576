import type { ErrorInfo, Methods } from "./messages";

/** A request that failed; `info` names the words to show. */
export class CallError extends Error {
  constructor(readonly info: ErrorInfo) {
    super(info.code);
  }
}

export interface Reply {
  id: number | string | null;
  result?: unknown;
  error?: { code: number; message: string; data?: ErrorInfo };
}

interface Waiting {
  resolve: (result: never) => void;
  reject: (error: CallError) => void;
  timer: number;
}

const USUAL_MS = 15_000;
const LONG_MS: Partial<Record<keyof Methods, number>> = {
  "session.login": 60_000,
  "link.scan": 60_000,
  "link.connect": 90_000,
  "sync.run": 900_000,
};

const waiting = new Map<number, Waiting>();
let lastId = 0;

/** Sends a request by `send` and waits for its reply. */
export function request<M extends keyof Methods>(
  send: (text: string) => boolean,
  method: M,
  params: Methods[M]["params"],
): Promise<Methods[M]["result"]> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(() => settle(id)?.reject(pageError("page-timeout")), LONG_MS[method] ?? USUAL_MS);
    waiting.set(id, { resolve, reject, timer });
    if (!send(JSON.stringify({ jsonrpc: "2.0", id, method, params }))) settle(id)?.reject(pageError("page-agent-down"));
  });
}

export function receiveReply(reply: Reply): void {
  const call = typeof reply.id === "number" ? settle(reply.id) : undefined;
  if (reply.error) call?.reject(new CallError(reply.error.data ?? pageError("internal").info));
  else call?.resolve(reply.result as never);
}

/** After the socket closed no reply will come. */
export function failAll(): void {
  for (const id of [...waiting.keys()]) settle(id)?.reject(pageError("page-agent-down"));
}

function settle(id: number): Waiting | undefined {
  const call = waiting.get(id);
  waiting.delete(id);
  if (call) clearTimeout(call.timer);
  return call;
}

function pageError(code: string): CallError {
  return new CallError({ code, params: {}, retryable: true });
}
