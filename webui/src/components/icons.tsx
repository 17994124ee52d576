import sprite from "./sprite.svg?raw";

/** How many of the four signal bars are drawn. */
export type Bars = 0 | 1 | 2 | 3 | 4;

/** Inserts the drawings into the page, once; icons refer to them by name. */
export function insertSprite(): void {
  document.body.insertAdjacentHTML("afterbegin", sprite);
}

/** An icon beside words; screen readers skip it. */
export function Icon({ name, size = "" }: { name: string; size?: "" | "i--s" | "i--l" | "logo" | "brand" }) {
  return (
    <svg class={`i ${size}`} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  );
}

/** A mark or lamp that has a meaning of its own: `label` says it. */
export function Mark({ name, label, extra = "" }: { name: string; label?: string; extra?: string }) {
  const says = label ? { role: "img" as const, "aria-label": label } : { "aria-hidden": true as const };
  return (
    <svg class={`mark ${extra}`} {...says}>
      <use href={`#${name}`} />
    </svg>
  );
}

/** The bars of a signal in dBm; none where there is no signal. */
export function bars(dbm: number | null): Bars {
  if (dbm === null) return 0;
  if (dbm >= -60) return 4;
  if (dbm >= -70) return 3;
  return dbm >= -82 ? 2 : 1;
}
