import { signal } from "@preact/signals";
import type { JobInfo } from "./client/messages";

type SimplePlace = "conexion" | "trabajo" | "nuevo" | "preparar" | "descargar" | "ejecutado";

/** Where the technician is; kept in the address, so it survives a reload. */
export type Place =
  | { name: SimplePlace }
  | { name: "orden"; order: number }
  | { name: "resultado"; job: string; from: "trabajo" | "ejecutado" };

const SIMPLE_PLACES: readonly string[] = [
  "conexion",
  "trabajo",
  "nuevo",
  "preparar",
  "descargar",
  "ejecutado",
] satisfies SimplePlace[];

export const place = signal<Place>(read());

/** The id of the job that this page saw running, until the technician has seen how it ended. */
export const watched = signal<string | null>(null);

window.addEventListener("hashchange", () => {
  place.value = read();
});

export function go(hash: string): void {
  location.hash = hash;
}

/** Shows a job that has just been started. */
export function watch(job: JobInfo): void {
  watched.value = job.id;
  go("trabajo");
}

/** For when the technician has seen how the job ended. */
export function leave(hash: string): void {
  watched.value = null;
  go(hash);
}

function read(): Place {
  const [name = "", which = "", from = ""] = location.hash.slice(1).split("/");
  if (name === "resultado" && which) return { name, job: which, from: from === "ejecutado" ? from : "trabajo" };
  if (name === "orden" && /^\d+$/.test(which)) return { name, order: Number(which) };
  return { name: SIMPLE_PLACES.includes(name) ? (name as SimplePlace) : "trabajo" };
}
