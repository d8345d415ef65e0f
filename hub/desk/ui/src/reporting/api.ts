/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { MailingIn, PeriodBy, PeriodColumn, SavedReportIn } from "@/api/types";

/** "" is today, and all centres of the hub. */
export interface Day {
  day: string;
  minutes: string;
  centre: string;
}
/** Days, both included; "" is all centres or lines that one sees. */
export type PeriodFilters = { since: string; until: string; by: PeriodBy; centre: string; line: string; level?: "" | "federal" | "regional" | "municipal"; channel?: string; topic?: string; compare?: boolean };

export const figures = (of: Day) => get("/api/figures", of);
export const figuresTable = (of: Day) => address("/api/figures.csv", of);
/** Of one interval with its `start`. */
export const breaches = (of: Day, start: string, skip: number) => get("/api/figures/breaches", { ...of, start, skip });
export const national = (day: string) => get("/api/figures/national", { day });
export const nationalTable = (day: string) => address("/api/figures/national.csv", { day });
export const period = (wish: PeriodFilters) => get("/api/periods", wish);
/** `columns` are the figures in their order; without them the file has all. */
export const periodFile = (wish: PeriodFilters, form: "csv" | "xlsx" | "pdf", columns: readonly string[] = []) => address("/api/periods/file", { ...wish, form, columns: columns.join(",") });
export const bottlenecks = (wish: PeriodFilters) => get("/api/periods/bottlenecks", wish);
/** What a figure counts in one row, or in all of them where it is null. */
export const drillDownPeriod = (wish: PeriodFilters, key: string | null, column: PeriodColumn, skip: number) =>
  get("/api/periods/behind", { ...wish, key: key ?? "", whole: key === null, column, skip });
export const mailings = () => get("/api/mailings");
export const saveMailing = (id: string, words: MailingIn) => put("/api/mailings/{mailing}", { mailing: id }, words);
export const removeMailing = (id: string, version: number) => del("/api/mailings/{mailing}", { mailing: id, version });
export const sendMailing = (id: string, key: string) => post("/api/mailings/{mailing}/send", { mailing: id }, { key });
export const savedReports = () => get("/api/saved-reports");
export const saveReport = (id: string, words: SavedReportIn) => put("/api/saved-reports/{report}", { report: id }, words);
export const removeSavedReport = (id: string, version: number) => del("/api/saved-reports/{report}", { report: id, version });
