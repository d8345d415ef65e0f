/** Records of the registry hold from a day to a day: how that is said, and which are of today. */

import { words } from "@/words";

export interface DatedRecord {
  valid_from: string;
  valid_to?: string | null;
}

const said = (day: string): string => words.global.d(new Date(`${day}T12:00:00Z`), "day");

export function datesText({ valid_from: since, valid_to: until }: DatedRecord): string {
  return until ? words.global.t("centreRegistry.dates", { since: said(since), until: said(until) }) : words.global.t("centreRegistry.datesOpen", { since: said(since) });
}

export const isPast = ({ valid_to: until }: DatedRecord, today: string): boolean => Boolean(until && until < today);
export const listed = (text: string): string[] => text.split(/[\s,;]+/).filter((each) => each !== "");
