/** Figures of a period: rows of one kind, their sum, the same of the days before, and what is behind one of the figures. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { Refused } from "@/api/request";
import type { BottleneckOut, ColumnOut, FactOut, PeriodBy, PeriodColumn, PeriodOut, PeriodRowOut } from "@/api/types";
import { valueOf } from "./columns";
import { shiftDay } from "./dayFigures";
import { toast } from "@/ui/toasts";
import { store, storeRequest } from "@/ui/stores";

export const SORTS: readonly PeriodBy[] = ["quarter", "half", "hour", "day", "week", "month", "weekday", "day_hour", "centre", "level", "unit", "line", "channel", "topic", "operator", "way"];
/** Rows that follow each other in time: they can be drawn. */
export const OF_TIME: ReadonlySet<PeriodBy> = new Set(["quarter", "half", "hour", "day", "week", "month"]);
/** Rows of a clock or a calendar, which come back: they stay in its order. */
const OF_CLOCK: ReadonlySet<PeriodBy> = new Set(["weekday", "day_hour", "week_hour"]);
/** Figures that are shown by day of the week and hour. */
export const HEAT = ["offered", "breaches", "mean_wait_s"] as const;
const WITHIN_A_DAY: ReadonlySet<PeriodBy> = new Set(["quarter", "half", "hour"]);
/** Days of a report with rows of parts of days, and of any other: as many as the hub tells at once. */
const [LONGEST_BY_TIME, LONGEST] = [31, 366];

/** 1 is Monday: 1 January 2024 was one. */
export const weekdayName = (day: number, length: "short" | "long", locale: string): string => new Intl.DateTimeFormat(locale, { weekday: length, timeZone: "UTC" }).format(Date.UTC(2024, 0, day));

/** «понедельник», «9:00», or both. */
export function clockName(by: PeriodBy, key: string, locale: string): string {
  const [day, hour] = by === "weekday" ? [key, ""] : by === "day_hour" ? ["", key] : key.split(" ");
  return [day ? weekdayName(Number(day), "long", locale) : "", hour ? `${Number(hour)}:00` : ""].filter(Boolean).join(", ");
}
export const isOfClock = (by: PeriodBy): boolean => OF_CLOCK.has(by);

export type Group = ColumnOut["group"];

const NOTHING = { since: "", until: "", by: "day" as PeriodBy, centre: "", line: "" };
export const filters = store<api.PeriodFilters>(() => ({ ...NOTHING }));
export const sheet = store<{ report: PeriodOut | null; heat: PeriodOut | null; worst: BottleneckOut[]; problem: string }>(() => ({ report: null, heat: null, worst: [], problem: "" }));

interface DrillDown {
  by: PeriodBy;
  /** The row, or null for all of them. */
  key: string | null;
  column: PeriodColumn | null;
  facts: FactOut[];
  more: boolean;
}

const NOBODY: DrillDown = { by: "day", key: null, column: null, facts: [], more: false };
export const drillDown = store<DrillDown>(() => ({ ...NOBODY }));
const [asking, askingBehind] = [storeRequest(), storeRequest()];

/** The last week, where nothing was chosen before. */
export function setDefaultPeriod(today: string): void {
  if (filters.until === "") setLastDays(today, 7);
}

/** So many days up to today. */
export function setLastDays(today: string, days: number): void {
  if (days > LONGEST_BY_TIME && WITHIN_A_DAY.has(filters.by)) filters.by = "day";
  Object.assign(filters, { since: shiftDay(today, 1 - days), until: today });
}

/** The first day that goes together with the last one. */
export const earliest = (): string => shiftDay(filters.until, 1 - (WITHIN_A_DAY.has(filters.by) ? LONGEST_BY_TIME : LONGEST));

export async function load(): Promise<void> {
  closeDrillDown();
  await asking(
    Promise.all([api.period({ ...filters }), api.bottlenecks({ ...filters }), api.period({ ...filters, by: "week_hour" })]),
    ([report, worst, heat]) => void Object.assign(sheet, { report, worst, heat, problem: "" }),
    (error: Refused) => void Object.assign(sheet, { report: null, worst: [], heat: null, problem: explain(error) }),
  );
}

export function closeDrillDown(): void {
  askingBehind.drop();
  Object.assign(drillDown, NOBODY);
}

/** Whether this is what is listed now. */
export const isDrilledDown = (by: PeriodBy, key: string | null, column: string): boolean => drillDown.by === by && drillDown.key === key && drillDown.column === column;

export async function openDrillDown(by: PeriodBy, key: string | null, column: PeriodColumn): Promise<void> {
  if (isDrilledDown(by, key, column)) {
    closeDrillDown();
    return;
  }
  Object.assign(drillDown, { by, key, column, facts: [], more: false });
  await loadMoreDrillDown();
}

export async function loadMoreDrillDown(): Promise<void> {
  const { by, key, column, facts } = drillDown;
  if (column === null) return;
  await askingBehind(
    api.drillDownPeriod({ ...filters, by }, key, column, facts.length),
    (found) => void Object.assign(drillDown, { facts: [...facts, ...found.facts], more: found.more }),
    (error: Refused) => toast(explain(error), { tone: "bad" }),
  );
}

/** Columns in groups, each a table: all of them are wider than a screen. */
export const columnsOf = ({ columns }: Pick<PeriodOut, "columns">, group: Group): ColumnOut[] => columns.filter((column) => column.group === group);

/** Groups that tell something, in the order of their columns. */
export const groupsOf = (report: PeriodOut): Group[] => [...new Set(report.columns.map(({ group }) => group))].filter((group) => inOrder(report, group).length > 0);

/** Rows that tell something, in the order in which they are read: times as they came, others by how many asked. */
export function inOrder(report: Pick<PeriodOut, "by" | "columns" | "rows">, group: Group): PeriodRowOut[] {
  const listed = columnsOf(report, group).filter(({ lists }) => lists);
  const telling = report.rows.filter((row) => listed.some(({ name }) => (valueOf(row, name) ?? 0) > 0));
  return OF_TIME.has(report.by) || OF_CLOCK.has(report.by) ? telling : telling.toSorted((a, b) => b.offered + b.handed - (a.offered + a.handed));
}
