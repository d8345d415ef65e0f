/** Reports on cases: the figures of a period, and the cases behind one of them. */

import * as hub from "@/api/hub";
import type { CaseColumn, CaseOut, CaseReportOut, ReportBy } from "@/api/types";
import { explain } from "@/actions/conversationCommands";
import { shiftDay } from "@/reporting/dayFigures";
import { latest } from "@/api/latest";
import { show as notice } from "@/ui/toasts";
import { reactive, shallowReactive } from "vue";

export const SORTS: readonly ReportBy[] = ["topic", "territory", "authority", "channel", "label", "kind", "line", "month"];
export const COLUMNS: readonly CaseColumn[] = ["registered", "open", "answered", "passed", "withdrawn", "late", "extended"];

export const wish = reactive<hub.ReportWish>({ since: "", until: "", by: "topic", version: "" });

interface Sheet {
  report: CaseReportOut | null;
  problem: string;
}

interface Behind {
  /** The row, or null for all of them. */
  key: string | null;
  column: CaseColumn | null;
  cases: CaseOut[];
  more: boolean;
}

export const sheet = shallowReactive<Sheet>({ report: null, problem: "" });
export const behind = shallowReactive<Behind>({ key: null, column: null, cases: [], more: false });
const [asking, askingBehind] = [latest(), latest()];

/** The first day of this month up to today, where nothing was chosen before. */
export function begin(today: string): void {
  if (wish.until === "") Object.assign(wish, { since: `${today.slice(0, 8)}01`, until: today });
}

/** So many days up to today. */
export function ending(today: string, days: number): void {
  Object.assign(wish, { since: shiftDay(today, 1 - days), until: today });
}

export async function load(): Promise<void> {
  leaveBehind();
  await asking(
    hub.caseReport({ ...wish }),
    (report) => void Object.assign(sheet, { report, problem: "" }),
    (error) => void Object.assign(sheet, { report: null, problem: explain(error) }),
  );
}

export function leaveBehind(): void {
  askingBehind.drop();
  Object.assign(behind, { key: null, column: null, cases: [], more: false });
}

export async function lookBehind(key: string | null, column: CaseColumn): Promise<void> {
  if (behind.key === key && behind.column === column) {
    leaveBehind();
    return;
  }
  Object.assign(behind, { key, column, cases: [], more: false });
  await lookFurther();
}

export async function lookFurther(): Promise<void> {
  const { key, column, cases } = behind;
  if (column === null) return;
  await askingBehind(
    hub.casesBehind({ ...wish }, key, column, cases.at(-1)?.number ?? ""),
    (found) => void Object.assign(behind, { cases: [...cases, ...found.cases], more: found.more }),
    (error) => notice(explain(error), { tone: "bad" }),
  );
}
