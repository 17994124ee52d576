import type { ComponentChildren } from "preact";
import { Mark } from "./icons";

interface ChoiceProps {
  label: string;
  detail?: string | undefined;
  chosen: boolean;
  testid?: string;
  onChoose: () => void;
  children?: ComponentChildren;
}

/** One of several, of which only one can be chosen. */
export function Choice({ label, detail, chosen, testid, onChoose, children }: ChoiceProps) {
  return (
    <button type="button" class="row" role="radio" aria-checked={chosen} data-testid={testid} onClick={onChoose}>
      <Mark name={chosen ? "m-radio-on" : "m-radio"} />
      <Words label={label} detail={detail} />
      {children}
    </button>
  );
}

/** Yes or no, by itself. */
export function Tick({ label, detail, chosen, testid, onChoose, children }: ChoiceProps) {
  return (
    <button type="button" class="row" role="checkbox" aria-checked={chosen} data-testid={testid} onClick={onChoose}>
      <Mark name={chosen ? "m-box-on" : "m-box"} />
      <Words label={label} detail={detail} />
      {children}
    </button>
  );
}

function Words({ label, detail }: { label: string; detail: string | undefined }) {
  return (
    <span class="grow">
      <strong>{label}</strong>
      {detail && <span class="cap">{detail}</span>}
    </span>
  );
}
