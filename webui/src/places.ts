import { signal } from "@preact/signals";
import type { Activity } from "./client/messages";

/** Where the technician is; the address keeps it over a reload. `result` names a job. */
export type Place =
  | { name: "conexion" | "trabajo" | "nuevo" | "ejecutado" | "descargar" }
  | { name: "orden"; order: number }
  | { name: "resultado"; job: string; from: "trabajo" | "ejecutado" };

export const place = signal<Place>(read());

/** What is typed and chosen for the next job; it outlives a lost connection. */
export const draft = { serial: signal(""), activity: signal<Activity>("reading"), reason: signal(""), setClock: signal(false), profile: signal("") };

/** The job that this page saw running, until the technician has seen its end. */
export const watched = signal<string | null>(null);

window.addEventListener("hashchange", () => {
  place.value = read();
});

export function go(hash: string): void {
  location.hash = hash;
}

function read(): Place {
  const [name = "", job = "", from = ""] = location.hash.slice(1).split("/");
  if (name === "resultado" && job) return { name, job, from: from === "ejecutado" ? from : "trabajo" };
  if (name === "orden" && Number(job) > 0) return { name, order: Number(job) };
  if (name === "descargar") return { name };
  return { name: name === "conexion" || name === "nuevo" || name === "ejecutado" ? name : "trabajo" };
}
