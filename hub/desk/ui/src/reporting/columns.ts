/** The columns that tables of figures share: a name, and what stands in its cells. */

import type { SumsOut } from "@/api/types";
import { share } from "./dayFigures";
import { useI18n } from "vue-i18n";

export type Column = readonly [name: string, cell: (sums: SumsOut) => string];

/** Of the country and of a day's intervals alike: who asked, and what became of it. */
export function commonColumns(): { asked: readonly Column[]; overdue: Column } {
  const { t, n, locale } = useI18n();
  return {
    asked: [
      ["offered", ({ offered }) => n(offered)],
      ["level", ({ in_time, offered, waiting }) => share(in_time, offered - waiting, locale.value)],
      ["wait", ({ mean_wait_s }) => (mean_wait_s === null ? "—" : t("figures.seconds", { s: n(Math.round(mean_wait_s)) }))],
      ["late", ({ breaches }) => n(breaches)],
      ["left", ({ left }) => n(left)],
      ["promised", ({ promised }) => n(promised)],
    ],
    overdue: ["overdue", ({ kept_late, overdue }) => n(kept_late + overdue)],
  };
}
