/** Reports on cases: the figures of a period, and the cases behind one of them. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { CaseColumn, CaseOut, CaseReportOut, ReportBy } from "@/api/types";
import { shiftDay } from "@/reporting/dayFigures";
import { toast } from "@/ui/toasts";
import { store, storeRequest } from "@/ui/stores";

export const SORTS: readonly ReportBy[] = ["topic", "territory", "authority", "channel", "label", "kind", "line", "month"];
export const COLUMNS: readonly CaseColumn[] = ["registered", "open", "answered", "passed", "withdrawn", "late", "extended"];

export const filters = store<api.ReportFilters>(() => ({ since: "", until: "", by: "topic", version: "" }));

interface Sheet {
  report: CaseReportOut | null;
  problem: string;
}

interface DrillDown {
  /** The row, or null for all of them. */
  key: string | null;
  column: CaseColumn | null;
  cases: CaseOut[];
  more: boolean;
}

export const sheet = store<Sheet>(() => ({ report: null, problem: "" }));
export const drillDown = store<DrillDown>(() => ({ key: null, column: null, cases: [], more: false }));
const [asking, askingBehind] = [storeRequest(), storeRequest()];

/** The first day of this month up to today, where nothing was chosen before. */
export function setDefaultPeriod(today: string): void {
  if (filters.until === "") Object.assign(filters, { since: `${today.slice(0, 8)}01`, until: today });
}

/** So many days up to today. */
export function setLastDays(today: string, days: number): void {
  Object.assign(filters, { since: shiftDay(today, 1 - days), until: today });
}

export async function load(): Promise<void> {
  closeDrillDown();
  await asking(
    api.caseReport({ ...filters }),
    (report) => void Object.assign(sheet, { report, problem: "" }),
    (error) => void Object.assign(sheet, { report: null, problem: explain(error) }),
  );
}

export function closeDrillDown(): void {
  askingBehind.drop();
  Object.assign(drillDown, { key: null, column: null, cases: [], more: false });
}

export async function openDrillDown(key: string | null, column: CaseColumn): Promise<void> {
  if (drillDown.key === key && drillDown.column === column) {
    closeDrillDown();
    return;
  }
  Object.assign(drillDown, { key, column, cases: [], more: false });
  await loadMoreDrillDown();
}

export async function loadMoreDrillDown(): Promise<void> {
  const { key, column, cases } = drillDown;
  if (column === null) return;
  await askingBehind(
    api.drillDownCases({ ...filters }, key, column, cases.at(-1)?.number ?? ""),
    (found) => void Object.assign(drillDown, { cases: [...cases, ...found.cases], more: found.more }),
    (error) => toast(explain(error), { tone: "bad" }),
  );
}
