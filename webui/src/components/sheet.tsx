import type { JobView, ProfileView, SheetCell, SheetView } from "../client/messages";
import { clockSeconds, day, decimal, duration } from "../i18n/format";
import { optionalText, t } from "../i18n/texts";
import { Note } from "./note";

/** Any result as rows: what it is, its value, its unit; before and after where something was changed. */
export function Sheet({ sheet }: { sheet: SheetView }) {
  if (sheet.rows.length === 0) return <Note icon="done">{t("sheet-none")}</Note>;
  return (
    <table class="reg" data-testid="sheet">
      <thead>
        <tr>
          {sheet.columns.map((name) => (
            <th key={name} scope="col">
              {word(name)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {sheet.rows.map((row, i) => (
          <tr key={i} data-testid={`sheet-${row[0]?.value.replaceAll(" ", "-") ?? i}`}>
            {row.map((cell, column) => (
              <Cell key={column} cell={cell} head={column === 0} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({ cell, head }: { cell: SheetCell | null; head: boolean }) {
  const text = cell === null ? "" : cellText(cell);
  if (head) return <th scope="row">{text}</th>;
  return (
    <td class={cell?.kind === "number" ? "num v" : undefined} data-value={cell?.value ?? ""}>
      {text}
    </td>
  );
}

/** The cell in the user's language and culture. */
export function cellText(cell: SheetCell): string {
  if (cell.kind === "number") return decimal(cell.value);
  if (cell.kind === "time") return `${day(cell.value)} ${clockSeconds(cell.value)}`;
  return cell.kind === "word" ? word(cell.value) : cell.value;
}

function word(name: string): string {
  return optionalText(`sheet.${name}`) ?? name;
}

/** What a load profile brought; its rows are in the file. */
export function ProfileFacts({ profile }: { profile: ProfileView }) {
  if (profile.rows === 0) return <Note icon="done">{t("profile.nothing-new")}</Note>;
  return (
    <>
      <p class="value" data-testid="profile-rows" data-value={profile.rows}>
        {decimal(String(profile.rows))}
        <small> {t("profile.rows")}</small>
      </p>
      <dl>
        <div class="line">
          <dt class="grow">{t("profile.range")}</dt>
          <dd>
            {profile.first && `${day(profile.first)} ${clockSeconds(profile.first)}`} –{" "}
            {profile.last && `${day(profile.last)} ${clockSeconds(profile.last)}`}
          </dd>
        </div>
        <div class="line">
          <dt class="grow">{t("profile.period")}</dt>
          <dd>{duration(profile.capture_period_s)}</dd>
        </div>
        {profile.channels.map((channel, i) => (
          <div class="line" key={i}>
            <dt class="grow">{word(channel)}</dt>
            <dd>{profile.units[i] ?? ""}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** The result in the main column, whatever its kind but a reading. */
export function OtherResult({ view }: { view: JobView }) {
  const result = view.result;
  if (result?.kind === "sheet") return <Sheet sheet={result} />;
  return result?.kind === "load-profile" ? <ProfileFacts profile={result} /> : null;
}
