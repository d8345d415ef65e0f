/** What was last looked for: kept while one goes to and fro, and only in memory. */

import type { ConversationOut, HitOut } from "@/api/types";
import { store } from "@/ui/stores";

export interface Facets {
  channel: string;
  topic: string;
  state: "" | "open" | "closed";
  since: string;
  until: string;
}

interface Hits {
  text: string;
  facets: Facets;
  conversations: ConversationOut[];
  found: HitOut[] | null;
  more: boolean;
  busy: boolean;
  problem: string;
}

const nothing = (): Hits => ({ text: "", facets: { channel: "", topic: "", state: "", since: "", until: "" }, conversations: [], found: null, more: false, busy: false, problem: "" });

export const hits = store<Hits>(nothing);

/** The words stay: what was found by them does not. */
export function clearHits(): void {
  Object.assign(hits, { conversations: [], found: null, more: false, busy: false, problem: "" });
}

const AROUND = 60;

/** A text in pieces, of which the marked ones were looked for; from shortly before the first one on. */
export function pieces(text: string, marks: readonly (readonly number[])[]): { text: string; marked: boolean }[] {
  const first = marks[0]?.[0] ?? 0;
  const begin = first > AROUND * 2 ? first - AROUND : 0;
  const parts = [{ text: begin > 0 ? "…" : "", marked: false }];
  let at = begin;
  for (const [from = 0, to = 0] of marks) {
    if (from < at) continue;
    parts.push({ text: text.slice(at, from), marked: false }, { text: text.slice(from, to), marked: true });
    at = to;
  }
  parts.push({ text: text.slice(at), marked: false });
  return parts.filter((part) => part.text !== "");
}
