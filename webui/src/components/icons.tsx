import sprite from "./sprite.svg?raw";

export type Signal = 0 | 1 | 2 | 3 | 4;

/** Puts the drawings into the page once; icons refer to them by name. */
export function putSprite(): void {
  document.body.insertAdjacentHTML("afterbegin", sprite);
}

/** An icon beside words, so it says nothing by itself. */
export function Icon({ name, size = "" }: { name: string; size?: "" | "i--s" | "i--l" | "logo" | "brand" }) {
  return (
    <svg class={`i ${size}`} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

/** A mark or lamp that says something: `label` is its word. */
export function Mark({ name, label, extra = "" }: { name: string; label?: string; extra?: string }) {
  const says = label ? { role: "img" as const, "aria-label": label } : { "aria-hidden": true as const };
  return (
    <svg class={`mark ${extra}`} {...says}>
      <use href={`#${name}`} />
    </svg>
  );
}

/** Bars of 0 to 4 for a signal in dBm. */
export function bars(dbm: number | null): Signal {
  if (dbm === null) return 0;
  if (dbm >= -60) return 4;
  if (dbm >= -70) return 3;
  return dbm >= -82 ? 2 : 1;
}
