/** A report that is built at the desk: what it asks, its preview, and the ones that are saved. */

import { explain, succeeds } from "@/ui/problems";
import * as api from "./api";
import type { Refused } from "@/api/request";
import type { PeriodOut, SavedReportIn, SavedReportOut } from "@/api/types";
import { shiftDay } from "./dayFigures";
import { store, storeRequest } from "@/ui/stores";
import { toast } from "@/ui/toasts";
import { words } from "@/words";

export type Draft = Omit<SavedReportIn, "version" | "title" | "shared"> & { chart: NonNullable<SavedReportIn["chart"]> };

export const CHARTS = ["none", "bars", "line", "heat"] as const;
export const FAMILIES = ["web", "messenger", "sms", "email", "voice", "fax", "post", "visit", "centre"] as const;
export const LEVELS = ["federal", "regional", "municipal"] as const;

const NEW = (): Draft => ({ by: "topic", columns: ["offered", "service_level", "mean_wait_s", "left"], days: 7, chart: "bars", compare: true, centre: "", line: "", level: null, channel: "", topic: "" });

/** `id` is the saved report that it began with, "" for none. */
export const built = store<Draft & { id: string }>(() => ({ ...NEW(), id: "" }));
export const preview = store<{ report: PeriodOut | null; problem: string }>(() => ({ report: null, problem: "" }));
const asking = storeRequest();

export function draft(): Draft {
  const { id: _, ...asked } = built;
  return { ...asked, columns: [...built.columns] };
}

/** As it was saved, or a new one. */
export function begin(one: SavedReportOut | null): void {
  const { by, columns, days, chart, compare, centre, line, level, channel, topic } = one ?? NEW();
  Object.assign(built, { id: one?.id ?? "", by, columns: [...columns], days, chart, compare, centre, line, level, channel, topic });
}

export const isChanged = (one: SavedReportOut): boolean => JSON.stringify(draft()) !== JSON.stringify(picked(one));
function picked({ by, columns, days, chart, compare, centre, line, level, channel, topic }: SavedReportOut): Draft {
  return { by, columns, days, chart, compare, centre, line, level, channel, topic };
}

/** What is asked of the hub: the last days with today. */
export function asked(today: string): api.PeriodFilters {
  const { by, days, centre = "", line = "", level, channel = "", topic = "", compare = false } = built;
  return { since: shiftDay(today, 1 - days), until: today, by, centre, line, level: level ?? "", channel, topic, compare };
}

export async function show(today: string): Promise<void> {
  await asking(
    api.period(asked(today)),
    (report) => void Object.assign(preview, { report, problem: "" }),
    (error: Refused) => void Object.assign(preview, { report: null, problem: explain(error) }),
  );
}

/** Removed at once; whoever has second thoughts has it back. */
export async function removeReport(one: SavedReportOut): Promise<boolean> {
  const { t } = words.global;
  if (!(await succeeds(() => api.removeSavedReport(one.id, one.version)))) return false;
  const back = (): Promise<unknown> => api.saveReport(one.id, { ...picked(one), title: one.title, shared: one.shared, version: one.version + 1 });
  toast(t("built.removed", { title: one.title }), { undo: () => void succeeds(back) });
  return true;
}
