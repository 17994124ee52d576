import type { ErrorInfo, Methods } from "./messages";

/** A request that failed; `info.code` names the words to show. */
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

interface PendingCall {
  resolve: (result: never) => void;
  reject: (error: CallError) => void;
  timer: number;
}

const TIMEOUT_MS = 15_000;
const LONG_TIMEOUTS_MS: Partial<Record<keyof Methods, number>> = {
  "session.login": 60_000,
  "session.renew": 60_000,
  "link.scan": 60_000,
  "link.connect": 90_000,
  "sync.run": 900_000,
  "sync.export": 120_000,
};

const pendingCalls = new Map<number, PendingCall>();
let lastId = 0;

/** Sends a request and waits for its reply; `send` returns false where there is no connection. */
export function request<M extends keyof Methods>(
  send: (text: string) => boolean,
  method: M,
  params: Methods[M]["params"],
): Promise<Methods[M]["result"]> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(() => settle(id)?.reject(pageError("page-timeout")), LONG_TIMEOUTS_MS[method] ?? TIMEOUT_MS);
    pendingCalls.set(id, { resolve, reject, timer });
    if (!send(JSON.stringify({ jsonrpc: "2.0", id, method, params }))) settle(id)?.reject(pageError("page-agent-down"));
  });
}

export function receiveReply(reply: Reply): void {
  const call = typeof reply.id === "number" ? settle(reply.id) : undefined;
  if (reply.error) call?.reject(new CallError(reply.error.data ?? pageError("internal").info));
  else call?.resolve(reply.result as never);
}

/** For when the socket has closed: no reply will come. */
export function failAll(): void {
  for (const id of [...pendingCalls.keys()]) settle(id)?.reject(pageError("page-agent-down"));
}

function settle(id: number): PendingCall | undefined {
  const call = pendingCalls.get(id);
  pendingCalls.delete(id);
  if (call) clearTimeout(call.timer);
  return call;
}

function pageError(code: string): CallError {
  return new CallError({ code, params: {}, retryable: true });
}
