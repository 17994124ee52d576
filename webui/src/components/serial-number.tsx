/** A serial number; the last six digits, which are compared with the nameplate, are bold. */
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
