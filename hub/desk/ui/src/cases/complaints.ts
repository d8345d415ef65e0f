/** What complaints come to by a selection, and the cases behind a figure: read again as the live line tells of cases. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { CaseOut, ComplaintFilters, CountOut, EvidenceOut } from "@/api/types";
import { shiftDay } from "@/reporting/dayFigures";
import { toast } from "@/ui/toasts";
import { store, storeRequest, onForget } from "@/ui/stores";

/** As they are told apart, in the order in which they are read. */
export const TABLES = ["breach", "authority", "service", "topic", "territory", "channel", "week"] as const;
export type Table = (typeof TABLES)[number];
/** Tables whose rows can be chosen alone, and the field of the selection that does it. */
export const FILTER_OF_TABLE: Partial<Record<Table, "breach" | "authority" | "service" | "topic" | "subject">> = {
  breach: "breach", authority: "authority", service: "service", topic: "topic", territory: "subject",
};
/** What happens all the time is counted again every few seconds. */
const PAUSE_MS = 3000;

const ANY = { topic: "", authority: "", service: "", breach: "", subject: "" } as const;

export const filters = store<ComplaintFilters>(() => ({ since: "", until: "", ...ANY }));

interface Sheet {
  evidence: EvidenceOut | null;
  problem: string;
}

interface DrillDown {
  /** null: nothing is shown. "" is all of them. */
  table: Table | "" | null;
  key: string;
  cases: CaseOut[];
  more: boolean;
}

export const sheet = store<Sheet>(() => ({ evidence: null, problem: "" }));
export const drillDown = store<DrillDown>(() => ({ table: null, key: "", cases: [], more: false }));
const [asking, askingBehind] = [storeRequest(), storeRequest()];
let shown = false;
let timer: ReturnType<typeof setTimeout> | undefined;

/** The last 31 days, where nothing was chosen before. */
export function setDefaultPeriod(today: string): void {
  if (filters.until === "") setLastDays(today, 31);
}

export function setLastDays(today: string, days: number): void {
  Object.assign(filters, { since: shiftDay(today, 1 - days), until: today });
}

export const clearFilters = (): void => void Object.assign(filters, ANY);
export const isFiltered = (): boolean => Object.keys(ANY).some((field) => filters[field as keyof typeof ANY] !== "");

export function open(): void {
  shown = true;
  void load();
}

export function close(): void {
  shown = false;
  clearTimeout(timer);
  timer = undefined;
  closeDrillDown();
}

onForget(close);

export const load = (): Promise<void> =>
  asking(
    api.complaints({ ...filters }),
    (evidence) => void Object.assign(sheet, { evidence, problem: "" }),
    (error) => void Object.assign(sheet, { evidence: null, problem: explain(error) }),
  );

/** A case was registered, or something was done with it. */
export function invalidate(): void {
  if (!shown || timer !== undefined) return;
  timer = setTimeout(() => {
    timer = undefined;
    void load();
  }, PAUSE_MS);
}

export function closeDrillDown(): void {
  askingBehind.drop();
  Object.assign(drillDown, { table: null, key: "", cases: [], more: false });
}

export async function openDrillDown(table: Table | "", key: string): Promise<void> {
  if (drillDown.table === table && drillDown.key === key) {
    closeDrillDown();
    return;
  }
  Object.assign(drillDown, { table, key, cases: [], more: false });
  await loadMoreDrillDown();
}

export async function loadMoreDrillDown(): Promise<void> {
  const { table, key, cases } = drillDown;
  if (table === null) return;
  await askingBehind(
    api.drillDownComplaints({ ...filters }, table, key, cases.at(-1)?.number ?? ""),
    (found) => void Object.assign(drillDown, { cases: [...cases, ...found.cases], more: found.more }),
    (error) => toast(explain(error), { tone: "bad" }),
  );
}

/** Weeks are read one after the other, everything else the most first. */
export function inOrder(table: Table, rows: readonly CountOut[]): readonly CountOut[] {
  return table === "week" ? rows.toSorted((a, b) => a.key.localeCompare(b.key)) : rows;
}

/** Tables that tell something: more than what is not known. */
export const informativeTables = (evidence: EvidenceOut): Table[] => TABLES.filter((table) => evidence.tables[table]?.some(({ key }) => key !== "") ?? false);
