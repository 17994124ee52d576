import { signal } from "@preact/signals";
import { type Reply, failAll, receiveReply, request } from "./calls";
import type { Methods, Snapshot, StateChange } from "./messages";
import { applyChange, applySnapshot } from "./state";

export type Connection = "connecting" | "connected" | "agent-down" | "not-permitted";

type Incoming = Reply | { method: "snapshot"; params: Snapshot } | { method: "change"; params: StateChange };

const RETRY_MS = [100, 250, 500, 1000, 2000, 4000];

export const connection = signal<Connection>("connecting");

let socket: WebSocket | null = null;
let retry = 0;
let failures = 0;
let askingSnapshot = false;

/** A request to the agent. Rejects with `CallError`. */
export function call<M extends keyof Methods>(
  method: M,
  ...params: Methods[M]["params"] extends Record<string, never> ? [] : [Methods[M]["params"]]
): Promise<Methods[M]["result"]> {
  return request(send, method, (params[0] ?? {}) as Methods[M]["params"]);
}

/** Connects, and from then on reconnects whenever the connection is lost. */
export function start(): void {
  open();
  window.addEventListener("online", retryNow);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && retryNow());
}

export function retryNow(): void {
  if (socket) return;
  failures = 0;
  clearTimeout(retry);
  open();
}

function open(): void {
  socket = new WebSocket(`ws://${location.host}/ws`);
  socket.onmessage = (event) => receive(JSON.parse(String(event.data)) as Incoming);
  socket.onclose = closed;
}

function closed(): void {
  socket = null;
  askingSnapshot = false;
  failAll();
  if (connection.value === "connected") connection.value = "connecting";
  const wait = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
  retry = window.setTimeout(open, wait);
  void diagnose();
}

/** A browser does not say why a socket was refused; the agent's health page does. */
async function diagnose(): Promise<void> {
  const state = await health();
  if (connection.value !== "connected") connection.value = state;
}

interface Health {
  permitted: boolean;
  /** In place of the agent there is a page that asks what is to become of the tablet's data. */
  rescue?: boolean;
}

async function health(): Promise<Connection> {
  try {
    const answer = (await (await fetch("/health", { cache: "no-store" })).json()) as Health;
    if (answer.rescue) window.location.replace("/rescue");
    return answer.permitted ? "connecting" : "not-permitted";
  } catch {
    return "agent-down";
  }
}

function receive(message: Incoming): void {
  if (!("method" in message)) receiveReply(message);
  else if (message.method === "snapshot") take(message.params);
  else if (!applyChange(message.params)) void askSnapshot();
}

function take(snapshot: Snapshot): void {
  applySnapshot(snapshot);
  failures = 0;
  connection.value = "connected";
}

async function askSnapshot(): Promise<void> {
  if (askingSnapshot) return;
  askingSnapshot = true;
  try {
    take(await call("snapshot.get"));
  } catch {
    socket?.close();
  } finally {
    askingSnapshot = false;
  }
}

function send(text: string): boolean {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(text);
  return true;
}
