/** A sheet of scores as its form changes it, and the places of a talk that it may point to. */

import type { EntryOut, ItemScore, Scorecard, Verdict } from "@/api/types";

export const VERDICTS = ["yes", "part", "no", "not_applicable"] as const satisfies readonly Verdict[];
export interface Place {
  value: string;
  words: string;
}
export interface Line {
  verdict: Verdict | "";
  comment: string;
  place: string;
}
export const NOWHERE = "0/0";
export const blank = (): Line => ({ verdict: "", comment: "", place: NOWHERE });

export const scoresOf = ({ items }: Scorecard, lines: Line[]): ItemScore[] =>
  items.map(({ key }, number) => {
    const { verdict, comment, place } = lines[number] ?? blank();
    const [record = "0", at = "0"] = place.split("/");
    return { item: key, verdict: verdict || "not_applicable", comment, record, at_ms: Number(at) };
  });

/** «2:05», of a recording. */
export const clockOf = (ms: number): string => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

/** The entry of a place; a line of a recording is in that of its sound. */
export const entryOf = (place: string): string => place.split("/")[0] ?? "";

/** Numbers of the items, from 1, by the entry that they point to. */
export function pointsOf(lines: readonly Line[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [number, { place }] of lines.entries()) if (place !== NOWHERE) found.set(entryOf(place), [...(found.get(entryOf(place)) ?? []), number + 1]);
  return found;
}

/** What was said, to be pointed at: messages with who `spoke`, and lines of recordings. */
export function places(entries: readonly EntryOut[], time: (at: string) => string, spoke: (entry: EntryOut) => string): Place[] {
  return entries.flatMap((entry) => {
    const { id, kind, at, text, record, lines } = entry;
    if (kind === "transcribed") return (lines ?? []).map((line) => ({ value: `${record}/${line.at_ms}`, words: `${clockOf(line.at_ms)} ${line.text}` }));
    return kind === "message" && text !== "" ? [{ value: `${id}/0`, words: `${time(at)} ${spoke(entry)}: ${text}`.slice(0, 90) }] : [];
  });
}
