/** What stands in the cells of tables of figures: the hub says which columns there are, and of what unit each is. */

import type { ColumnOut, PeriodRowOut, SumsOut } from "@/api/types";
import { share } from "./dayFigures";
import { useI18n } from "vue-i18n";

export type Row = SumsOut | PeriodRowOut;

/** Of a column, or null where there is nothing to tell. */
export const valueOf = (row: Row, name: string): number | null => (row as unknown as Record<string, number | null>)[name] ?? null;

/** Seconds have so many digits behind the comma; shares are never rounded up: 100 % is every single one. */
export function useCells(digits: 0 | 1): (row: Row, column: ColumnOut) => string {
  const { t, n, locale } = useI18n();
  const scale = 10 ** digits;
  return (row, { name, unit, beside }) => {
    const value = valueOf(row, name);
    if (value === null) return "—";
    if (unit === "share") return share(value, 1, locale.value);
    if (unit === "seconds") return t("figures.seconds", { s: n(Math.round(value * scale) / scale) });
    if (beside === "") return n(value);
    const whole = valueOf(row, beside) ?? 0;
    return whole === 0 ? "—" : t("figures.of", { part: n(value), whole: n(whole) });
  };
}
