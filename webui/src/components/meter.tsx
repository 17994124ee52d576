const SERIAL = /^[A-Z0-9][A-Z0-9-]{3,31}$/;

/** A serial number; its last six digits are heavy, as one compares them with the plate. */
export function SerialNumber({ serial, size = "" }: { serial: string; size?: "" | "sn--row" }) {
  const [, maker = "", middle = "", end = ""] = /^([A-Z-]*)(.*?)(.{0,6})$/.exec(serial) ?? [];
  return (
    <span class={`sn ${size}`}>
      {maker && <i>{maker}</i>}
      {middle}
      <b>{end}</b>
    </span>
  );
}

/** As typed or scanned: capitals, without spaces around it. */
export function tidySerial(text: string): string {
  return text.trim().toUpperCase();
}

/** The same rule as the agent's own. */
export function isSerial(text: string): boolean {
  return SERIAL.test(text);
}
