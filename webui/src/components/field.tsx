import type { ComponentChildren } from "preact";

interface FieldProps {
  label: ComponentChildren;
  grow?: boolean;
  children: ComponentChildren;
}

/** An input with its label above. */
export function Field({ label, grow = false, children }: FieldProps) {
  return (
    <label class={grow ? "field grow" : "field"}>
      <span>{label}</span>
      <span class="input">{children}</span>
    </label>
  );
}
