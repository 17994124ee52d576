import type { Register } from "../client/messages";
import { decimal, share } from "../i18n/format";
import { t } from "../i18n/texts";

/** The registers with value and share of the total, in the order the meter has them. */
export function Registers({ rows, unit }: { rows: Register[]; unit: string }) {
  return (
    <table class="reg">
      <thead>
        <tr>
          <th scope="col">{t("result.register")}</th>
          <th scope="col" class="num">
            {unit}
          </th>
          <th scope="col" colSpan={2}>
            {t("result.share")}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{row.name}</th>
            <td class="num v" data-testid={`result-${row.name.toLowerCase()}`} data-value={row.value}>
              {decimal(row.value)}
              {row.unit !== unit && <small> {row.unit}</small>}
            </td>
            <td class="num">{share(row.share)}</td>
            <td class="bar-cell" aria-hidden="true">
              <span class="bar">
                <i style={{ width: `${Math.min(row.share, 1000) / 10}%` }} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
