/** What became of the messages that a carrier took, and what recordings say: entries of their own in the journal, parts of bubbles here. */

import type { EntryOut } from "@/api/types";

export interface Mark {
  state: "unsent" | "waiting" | "sent" | "delivered" | "read" | "failed";
  at: string;
  /** More of it, in the carrier's words. */
  why: string;
}

const STATES: ReadonlySet<string> = new Set<Mark["state"]>(["waiting", "sent", "delivered", "read", "failed"]);

/** By message, the newest word of each: the hub writes down only what goes further. Messages need not be loaded yet. */
export function marksOf(entries: readonly EntryOut[]): Map<string, Mark> {
  return new Map(
    entries
      .filter(({ kind, why }) => kind === "carried" && STATES.has(why))
      .map(({ record, why, at, text }) => [record, { state: why as Mark["state"], at, why: text }]),
  );
}

/** What a citizen has put right about his messages, by these; the last word counts. */
export function remarksOf(entries: readonly EntryOut[]): Map<string, string> {
  return new Map(entries.filter(({ kind, record }) => kind === "corrected" && record !== "").map(({ record, text }) => [record, text]));
}

/** The words of recordings by their messages, as a machine understood them. */
export function wordsOf(entries: readonly EntryOut[]): Map<string, string> {
  return new Map(entries.filter(({ kind }) => kind === "heard").map(({ record, text }) => [record, text]));
}
