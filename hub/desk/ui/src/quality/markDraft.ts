/** Marks of a scorecard that is not handed in yet: kept in this browser as they are made, until it is, or its author signs out. */

import { PREFIX } from "@/conversations/composer/drafts";
import type { Scorecard } from "@/api/types";
import { type Line, blank } from "./scoringForm";

export interface MarkDraft {
  lines: Line[];
  words: string;
}

const nameOf = (login: string, sheet: string): string => `${PREFIX}${login}/${sheet}/marks`;

/** The kept marks, or empty ones: also where the card has changed meanwhile. */
export function readMarks(login: string, sheet: string, { items }: Scorecard): MarkDraft {
  const kept = JSON.parse(localStorage.getItem(nameOf(login, sheet)) ?? "null") as MarkDraft | null;
  return kept?.lines.length === items.length ? kept : { lines: items.map(blank), words: "" };
}

export const saveMarks = (login: string, sheet: string, marks: MarkDraft): void => localStorage.setItem(nameOf(login, sheet), JSON.stringify(marks));

export const dropMarks = (login: string, sheet: string): void => localStorage.removeItem(nameOf(login, sheet));
