/** Figures of a period: rows of one kind, their sum, the same of the days before, and what is behind one of the figures. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { Refused } from "@/api/request";
import type { BottleneckOut, FactOut, PeriodBy, PeriodColumn, PeriodOut, PeriodRowOut } from "@/api/types";
import { shiftDay } from "./dayFigures";
import { toast } from "@/ui/toasts";
import { store, storeRequest } from "@/ui/stores";

export const SORTS: readonly PeriodBy[] = ["quarter", "half", "hour", "day", "week", "month", "centre", "unit", "line", "channel", "topic", "operator", "way"];
/** Rows that follow each other in time: they can be drawn. */
export const OF_TIME: ReadonlySet<PeriodBy> = new Set(["quarter", "half", "hour", "day", "week", "month"]);
const WITHIN_A_DAY: ReadonlySet<PeriodBy> = new Set(["quarter", "half", "hour"]);
/** Days of a report with rows of parts of days, and of any other: as many as the hub tells at once. */
const [LONGEST_BY_TIME, LONGEST] = [31, 366];

type Share = "service_level" | "abandonment" | "ten_minutes" | "fcr";
type Mean = "mean_wait_s" | "mean_talk_s" | "mean_handed_s";
export type Figure = PeriodColumn | Share | Mean;
/** Columns in groups, each a table: all of them are wider than a screen. Those of `LISTED` open what they count. */
export const GROUPS: Readonly<Record<"asked" | "talks" | "handed" | "promises", readonly Figure[]>> = {
  asked: ["offered", "answered", "in_time", "service_level", "mean_wait_s", "breaches", "left", "left_early", "abandonment", "promised", "waiting"],
  talks: ["talks_ended", "talks_in_time", "talks_long", "ten_minutes", "mean_talk_s", "decided", "returned", "fcr"],
  handed: ["transferred", "passed_on", "handed", "handed_taken", "handed_open", "mean_handed_s"],
  promises: ["callbacks", "callbacks_answered", "given", "kept", "kept_late", "withdrawn", "open", "overdue"],
};
export type Group = keyof typeof GROUPS;
const SHARES: ReadonlySet<Figure> = new Set<Share>(["service_level", "abandonment", "ten_minutes", "fcr"]);
const MEANS: ReadonlySet<Figure> = new Set<Mean>(["mean_wait_s", "mean_talk_s", "mean_handed_s"]);
export const isShare = (figure: Figure): figure is Share => SHARES.has(figure);
export const isMean = (figure: Figure): figure is Mean => MEANS.has(figure);
export const isListed = (figure: Figure): figure is PeriodColumn => !isShare(figure) && !isMean(figure);

const NOTHING = { since: "", until: "", by: "day" as PeriodBy, centre: "", line: "" };
export const filters = store<api.PeriodWish>(() => ({ ...NOTHING }));
export const sheet = store<{ report: PeriodOut | null; worst: BottleneckOut[]; problem: string }>(() => ({ report: null, worst: [], problem: "" }));

interface Behind {
  by: PeriodBy;
  /** The row, or null for all of them. */
  key: string | null;
  column: PeriodColumn | null;
  facts: FactOut[];
  more: boolean;
}

const NOBODY: Behind = { by: "day", key: null, column: null, facts: [], more: false };
export const drillDown = store<Behind>(() => ({ ...NOBODY }));
const [asking, askingBehind] = [storeRequest(), storeRequest()];

/** The last week, where nothing was chosen before. */
export function begin(today: string): void {
  if (filters.until === "") ending(today, 7);
}

/** So many days up to today. */
export function ending(today: string, days: number): void {
  if (days > LONGEST_BY_TIME && WITHIN_A_DAY.has(filters.by)) filters.by = "day";
  Object.assign(filters, { since: shiftDay(today, 1 - days), until: today });
}

/** The first day that goes together with the last one. */
export const earliest = (): string => shiftDay(filters.until, 1 - (WITHIN_A_DAY.has(filters.by) ? LONGEST_BY_TIME : LONGEST));

export async function load(): Promise<void> {
  closeDrillDown();
  await asking(
    Promise.all([api.period({ ...filters }), api.bottlenecks({ ...filters })]),
    ([report, worst]) => void Object.assign(sheet, { report, worst, problem: "" }),
    (error: Refused) => void Object.assign(sheet, { report: null, worst: [], problem: explain(error) }),
  );
}

export function closeDrillDown(): void {
  askingBehind.drop();
  Object.assign(drillDown, NOBODY);
}

/** Whether this is what is listed now. */
export const isBehind = (by: PeriodBy, key: string | null, column: Figure): boolean => drillDown.by === by && drillDown.key === key && drillDown.column === column;

export async function openDrillDown(by: PeriodBy, key: string | null, column: PeriodColumn): Promise<void> {
  if (isBehind(by, key, column)) {
    closeDrillDown();
    return;
  }
  Object.assign(drillDown, { by, key, column, facts: [], more: false });
  await loadMoreBehind();
}

export async function loadMoreBehind(): Promise<void> {
  const { by, key, column, facts } = drillDown;
  if (column === null) return;
  await askingBehind(
    api.periodBehind({ ...filters, by }, key, column, facts.length),
    (found) => void Object.assign(drillDown, { facts: [...facts, ...found.facts], more: found.more }),
    (error: Refused) => toast(explain(error), { tone: "bad" }),
  );
}

/** Rows that tell something, in the order in which they are read: times as they came, others by how many asked. */
export function inOrder({ by, rows }: Pick<PeriodOut, "by" | "rows">, group: Group): PeriodRowOut[] {
  const telling = rows.filter((row) => GROUPS[group].some((figure) => isListed(figure) && row[figure] > 0));
  return OF_TIME.has(by) ? telling : telling.toSorted((a, b) => b.offered + b.handed - (a.offered + a.handed));
}
