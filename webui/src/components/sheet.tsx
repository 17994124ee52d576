import type { SheetCell, SheetView } from "../client/messages";
import { clockSeconds, day, decimal, duration, signedSeconds } from "../i18n/format";
import { optionalText, t } from "../i18n/texts";

type Row = (SheetCell | null)[];

const LONG_S = 120;
const NAMING = new Set(["unit", "obis", "text"]);

/** Rows that are left out when empty: nobody asked for them. Any other empty row shows that the meter did not tell. */
const OPTIONAL_ROWS = new Set(["reason", "tariff", "contract", "contracted power", "token", "token status", "drift after", "last visit"]);

/** A result as a table: words translated, numbers as the culture writes them, times local. */
export function Sheet(view: Pick<SheetView, "columns" | "rows">) {
  const { columns, rows } = withoutEmpty(view);
  const numeric = columns.map((_, at) => at > 0 && rows.some((row) => row[at]?.kind === "number"));
  return (
    <table class="reg reg--sheet" data-testid="sheet">
      <thead>
        <tr>
          {columns.map((column, at) => (
            <th key={column} scope="col" class={numeric[at] ? "num" : ""}>
              {inWords(column)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.filter((row) => isAnswer(row, columns)).map((row, i) => (
          <tr key={i} data-testid={`sheet-${row[0]?.value.replaceAll(" ", "-") ?? i}`}>
            {row.map((cell, at) =>
              at === 0 ? (
                <th key={at} scope="row">
                  {cell && cellText(cell, row)}
                </th>
              ) : (
                <td key={at} class={cellClass(columns[at], numeric[at])} data-value={cell?.value}>
                  {cell ? cellText(cell, row) : isUnknown(row, columns, at) && <Unknown />}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Leaves out naming columns that are empty. */
function withoutEmpty({ columns, rows }: Pick<SheetView, "columns" | "rows">): Pick<SheetView, "columns" | "rows"> {
  const kept = columns.map((column, at) => !NAMING.has(column) || rows.some((row) => row[at]?.value));
  const keep = <Cell,>(cells: Cell[]) => cells.filter((_, at) => kept[at]);
  return { columns: keep(columns), rows: rows.map(keep) };
}

export function inWords(word: string): string {
  return optionalText(`sheet.${word}`) ?? word;
}

/** A cell by the word of its row and the name of its column. */
export function cellOf({ columns, rows }: Pick<SheetView, "columns" | "rows">, item: string, column: string): SheetCell | null {
  return rows.find((row) => row[0]?.value === item)?.[columns.indexOf(column)] ?? null;
}

/** The first number in the row of that word, e.g. the amount in an order's parameters. */
export function amountOf(rows: Row[], item: string): string | null {
  return rows.find((row) => row[0]?.value === item)?.find((cell) => cell?.kind === "number")?.value ?? null;
}

/** The text of a cell; `row` gives its unit. */
export function cellText(cell: SheetCell, row: Row): string {
  switch (cell.kind) {
    case "word":
      return inWords(cell.value);
    case "number":
      return isLong(cell, row) ? longTime(Number(cell.value)) : decimal(cell.value);
    case "time":
      return `${day(cell.value)}, ${clockSeconds(cell.value)}`;
    case "text":
      return unitText(cell.value, row);
  }
}

/** Times are shown in the tablet's time zone, unlike in the file; a long duration brings its own units. */
function unitText(text: string, row: Row): string {
  if (text === "UTC" && row.some((cell) => cell?.kind === "time")) return t("sheet.local-time");
  return text === "s" && row.some((cell) => cell && isLong(cell, row)) ? "" : text;
}

function isLong(cell: SheetCell, row: Row): boolean {
  if (cell.kind !== "number" || Math.abs(Number(cell.value)) < LONG_S) return false;
  return row.some((one) => one?.kind === "text" && one.value === "s");
}

function longTime(seconds: number): string {
  return seconds < 0 ? signedSeconds(seconds) : duration(seconds);
}

function cellClass(column: string | undefined, numeric: boolean | undefined): string {
  const value = NAMING.has(column ?? "") ? "cap" : "v";
  return numeric ? `num ${value}` : value;
}

function isAnswer(row: Row, columns: string[]): boolean {
  return !OPTIONAL_ROWS.has(row[0]?.value ?? "") || valuesOf(columns).some((at) => row[at]);
}

/** An empty cell is unknown only where the whole row has no value. */
function isUnknown(row: Row, columns: string[], at: number): boolean {
  const values = valuesOf(columns);
  return at === values.at(-1) && values.every((i) => !row[i]);
}

function valuesOf(columns: string[]): number[] {
  return columns.flatMap((column, at) => (at > 0 && !NAMING.has(column) ? [at] : []));
}

function Unknown() {
  return <span class="unknown">{t("result.none")}</span>;
}
