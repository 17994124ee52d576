import type { ComponentChildren } from "preact";
import { Icon } from "./icons";

interface KeyProps {
  label: string;
  onPress?: () => void;
  icon?: string;
  /** `go` is the next step: one a screen, bottom right. */
  kind?: "go" | "stop" | "small";
  /** Shown beside the label, smaller. */
  detail?: string | undefined;
  /** Its action is under way: it shows that and cannot be pressed. */
  busy?: boolean;
  /** Cannot be pressed; the reason is shown beside it. */
  off?: boolean;
  pressed?: boolean;
  /** Only the icon is drawn; screen readers read the label. */
  mute?: boolean;
  submit?: boolean;
  /** The form that it submits, where it stands outside of it. */
  form?: string;
  testid?: string;
  children?: ComponentChildren;
}

const CLASSES = { go: "btn btn--go", stop: "btn btn--stop", small: "btn btn--s" };

export function Key({ label, onPress, icon, kind, detail, busy, off, pressed, mute, submit, form, testid }: KeyProps) {
  const idle = busy || off;
  return (
    <button
      type={submit ? "submit" : "button"}
      form={form}
      class={kind ? CLASSES[kind] : "btn"}
      aria-busy={busy || undefined}
      aria-disabled={idle || undefined}
      aria-pressed={pressed}
      aria-label={mute ? label : undefined}
      data-testid={testid}
      onClick={(event) => {
        if (idle) event.preventDefault();
        else onPress?.();
      }}
    >
      {icon && <Icon name={icon} />}
      {!mute && (
        <span>
          {label}
          {detail && <small> {detail}</small>}
        </span>
      )}
    </button>
  );
}
