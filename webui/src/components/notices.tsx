import { sync } from "../client/state";
import { ErrorNote } from "./note";

/** What the technician has to know of the tablet's memory: that it was mended, or that it is nearly full. */
export function Notices() {
  return (
    <>
      {sync.value.notices.map((notice) => (
        <ErrorNote key={notice.code} error={notice} testid="notice" />
      ))}
    </>
  );
}
