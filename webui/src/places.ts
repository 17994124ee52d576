import { signal } from "@preact/signals";

type Plain = "conexion" | "trabajo" | "nuevo" | "preparar" | "descargar" | "ejecutado";

/** Where the technician is; the address keeps it over a reload. `resultado` names a job, `orden` a work order. */
export type Place =
  | { name: Plain }
  | { name: "orden"; order: number }
  | { name: "resultado"; job: string; from: "trabajo" | "ejecutado" };

const PLAIN: readonly string[] = ["conexion", "trabajo", "nuevo", "preparar", "descargar", "ejecutado"] satisfies Plain[];

export const place = signal<Place>(read());

/** The job that this page saw running, until the technician has seen its end. */
export const watched = signal<string | null>(null);

window.addEventListener("hashchange", () => {
  place.value = read();
});

export function go(hash: string): void {
  location.hash = hash;
}

/** The technician has seen the end of the job. */
export function leave(hash: string): void {
  watched.value = null;
  go(hash);
}

function read(): Place {
  const [name = "", which = "", from = ""] = location.hash.slice(1).split("/");
  if (name === "resultado" && which) return { name, job: which, from: from === "ejecutado" ? from : "trabajo" };
  if (name === "orden" && /^\d+$/.test(which)) return { name, order: Number(which) };
  return { name: PLAIN.includes(name) ? (name as Plain) : "trabajo" };
}
