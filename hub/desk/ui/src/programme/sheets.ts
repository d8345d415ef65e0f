/** The lists of the programme's office: what their rows are made of, in the order of the columns. */

import type { SheetName, SheetRowIn } from "@/api/types";

export type SheetRow = SheetRowIn["row"];
export type SheetValue = string | number | null;
export type SheetDraft = Record<string, SheetValue>;

export interface SheetField {
  name: string;
  as: "line" | "text" | "date" | "number" | "year" | "choice" | "subject";
  /** Values to choose from, with words of their own. */
  choices?: readonly SheetValue[];
  required?: boolean;
  example?: string;
  /** Only in the form: the table has no room for it. */
  aside?: boolean;
}

const STATES = ["planned", "in_work", "done", "dropped"] as const;
const MEASURES = ["stated", "federal_centre", "pilots_with_mfc", "pilots_tried", "pilots_covered", "covered", "covered_percent", "trained_percent", "gate_before"] as const;
const SOURCES = ["federal_budget", "regional_budget", "municipal_budget", "contract"] as const;
const FUNCTIONS = [null, "information", "status", "booking", "complaints", "callbacks", "surveys"] as const;
const ASSUMED = ["information_before_min", "specialist_share_percent", "specialist_time_min", "minute_rub", "contact_rub"] as const;
const TITLE: SheetField = { name: "title", as: "text", required: true };
const TASK: readonly SheetField[] = [
  { name: "due", as: "date", required: true },
  { name: "responsible", as: "line", required: true },
  { name: "state", as: "choice", choices: STATES, required: true },
  { name: "done", as: "date", aside: true },
  { name: "note", as: "text", aside: true },
];

export const SHEETS: Record<SheetName, { type: SheetRow["type"]; fields: readonly SheetField[] }> = {
  plan: { type: "plan_item", fields: [TITLE, { name: "document", as: "line" }, { name: "term", as: "line", aside: true }, ...TASK] },
  pilots: {
    type: "pilot",
    fields: [{ name: "subject", as: "subject", required: true }, { name: "systems", as: "line" }, { name: "done", as: "date" }, { name: "note", as: "text", aside: true }],
  },
  funding: {
    type: "funding_line",
    fields: [
      TITLE,
      { name: "year", as: "year", required: true },
      { name: "source", as: "choice", choices: SOURCES, required: true },
      { name: "centre", as: "line", example: "016" },
      { name: "function", as: "choice", choices: FUNCTIONS },
      { name: "plan", as: "number", required: true },
      { name: "fact", as: "number", required: true },
      { name: "note", as: "text", aside: true },
    ],
  },
  members: { type: "council_member", fields: [{ name: "name", as: "line", required: true }, { name: "post", as: "line" }, { name: "body", as: "line", required: true }] },
  agenda: { type: "agenda_item", fields: [TITLE, { name: "meeting", as: "date", required: true }, { name: "speaker", as: "line" }, { name: "note", as: "text", aside: true }] },
  decisions: { type: "council_decision", fields: [TITLE, { name: "meeting", as: "date", required: true }, ...TASK] },
  campaigns: {
    type: "campaign",
    fields: [
      TITLE,
      { name: "number", as: "line", required: true, example: "+78001234567, 122" },
      { name: "subject", as: "subject" },
      { name: "day", as: "date", required: true },
      { name: "medium", as: "line", required: true },
      { name: "note", as: "text", aside: true },
    ],
  },
  assumptions: {
    type: "assumption",
    fields: [
      TITLE,
      { name: "measure", as: "choice", choices: ASSUMED, required: true },
      { name: "channel", as: "line", example: "voice" },
      { name: "low", as: "number", required: true },
      { name: "high", as: "number", required: true },
      { name: "since", as: "date", required: true },
      { name: "source", as: "line", required: true },
      { name: "note", as: "text", aside: true },
    ],
  },
  criteria: {
    type: "gate_criterion",
    fields: [
      TITLE,
      { name: "stage", as: "choice", choices: [1, 2], required: true },
      { name: "gate", as: "choice", choices: ["entry", "exit"], required: true },
      { name: "measure", as: "choice", choices: MEASURES, required: true },
      { name: "target", as: "number", required: true },
      { name: "done", as: "date", aside: true },
      { name: "note", as: "text", aside: true },
    ],
  },
};

/** As the form shows it. */
export const draftOf = (row: object): SheetDraft => Object.fromEntries(Object.entries(row) as [string, SheetValue][]);

/** A number that no row has yet. */
export const freshId = (rows: readonly { id: string }[]): string => String(Math.max(0, ...rows.map(({ id }) => Number(id)).filter(Number.isInteger)) + 1);

/** Which fields a change has changed, with their values before and after. */
export const differences = (sheet: SheetName, before: SheetDraft, after: SheetDraft): { field: SheetField; before: SheetValue; after: SheetValue }[] =>
  SHEETS[sheet].fields.map((field) => ({ field, before: before[field.name] ?? null, after: after[field.name] ?? null })).filter((each) => (each.before ?? "") !== (each.after ?? ""));
