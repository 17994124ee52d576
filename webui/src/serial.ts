const SERIAL = /^[A-Z0-9]([A-Z0-9 ./_-]{0,30}[A-Z0-9])?$/;

/** A serial number as typed or scanned, in capitals and without spaces around it. */
export function tidySerial(text: string): string {
  return text.trim().toUpperCase();
}

/** The agent applies the same rule. */
export function isSerial(text: string): boolean {
  return SERIAL.test(text);
}
