/** The timeline as it is told: days, bubbles, and thin lines for what happened between them. */

import type { Author, EntryOut, HolderOut } from "@/api/types";
import { compareIds } from "@/api/ids";

export function mergeEntries(known: readonly EntryOut[], added: readonly EntryOut[]): EntryOut[] {
  const byId = new Map(known.map((entry) => [entry.id, entry]));
  for (const entry of added) byId.set(entry.id, entry);
  return [...byId.values()].toSorted((a, b) => compareIds(a.id, b.id));
}

export interface TimelineItem {
  entry: EntryOut;
  /** The first line of its day. */
  newDay: boolean;
  /** Said by the same person shortly before: the name is not repeated. */
  goesOn: boolean;
}

const PAUSE_MS = 3 * 60_000;

const speaks = (entry: EntryOut): boolean => entry.kind === "message" || entry.kind === "note";
const sameDay = (a: EntryOut, b: EntryOut): boolean => new Date(a.at).toDateString() === new Date(b.at).toDateString();

function goesOn(before: EntryOut, entry: EntryOut): boolean {
  return (
    speaks(before) &&
    before.conversation === entry.conversation &&
    before.kind === entry.kind &&
    before.author === entry.author &&
    before.by === entry.by &&
    Date.parse(entry.at) - Date.parse(before.at) < PAUSE_MS
  );
}

/** What is told of a message stands in its bubble and is no line (marks.ts, talk.ts). */
const OF_MESSAGES: ReadonlySet<string> = new Set(["carried", "heard", "thought", "transcribed", "deleted"]);

/** What is personal was taken out of it: of what was said nothing is left to show. It is the last that happens to a conversation. */
export function wasErased(entries: readonly EntryOut[]): boolean {
  return entries.at(-1)?.kind === "erased";
}

export function timelineItems(entries: readonly EntryOut[]): TimelineItem[] {
  const erased = wasErased(entries);
  const lines = entries.filter((entry) => !OF_MESSAGES.has(entry.kind) && !(erased && speaks(entry)) && !(entry.kind === "corrected" && entry.record !== ""));
  return lines.map((entry, index) => {
    const before = lines[index - 1];
    const newDay = before === undefined || !sameDay(before, entry);
    return { entry, newDay, goesOn: !newDay && before !== undefined && goesOn(before, entry) };
  });
}

export function lastOf(entries: readonly EntryOut[], author: Author): EntryOut | undefined {
  return entries.findLast((entry) => entry.kind === "message" && entry.author === author);
}

/** Through whose hands the conversation went, the latest first. */
export function holders(entries: readonly EntryOut[]): { holder: HolderOut; at: string }[] {
  return entries.flatMap(({ holder, at }) => (holder === null ? [] : [{ holder, at }])).toReversed();
}

/** What the robot noted when it handed the talk over last; `read` once an operator has answered. */
export function summaryOf(entries: readonly EntryOut[]): { lines: string[]; read: boolean } | null {
  const at = entries.findLastIndex((entry) => entry.kind === "note" && entry.author === "system" && entry.name !== "");
  const note = entries[at];
  if (note === undefined || wasErased(entries)) return null;
  return { lines: note.text.split("\n"), read: entries.slice(at).some(({ kind, author }) => kind === "message" && author === "operator") };
}

/** Words that say nothing of the matter: «оператор», «да», «Ответьте мне позже». */
const SAYS_NOTHING = /^(?:мне|нужен|нужна|пожалуйста|позовите|соедините|дайте|с|со|к|на|живой|живого|(?:оператор|человек|сотрудник|специалист)\p{L}{0,3}|ответьте|позже|здравствуйте|добрый|день|да|нет|ок|хорошо|спасибо|я|ещё|здесь|тут|алло|operator|human|agent|a|the|please|hello|yes|no|thanks)$/iu;

const saysSomething = (text: string): boolean => (text.match(/\p{L}+|\d+/gu) ?? []).some((word) => !SAYS_NOTHING.test(word));

/** What the citizen has written of the matter, in order. */
export function saidByCitizen(entries: readonly EntryOut[]): string[] {
  return entries.filter(({ kind, author, text }) => kind === "message" && author === "citizen" && saysSomething(text)).map(({ text }) => text.trim());
}

/** What the citizen asks in the whole talk, the newest first: the last words alone are often «спасибо» or «оператор». */
export function questionOf(entries: readonly EntryOut[], longest: number): string {
  return saidByCitizen(entries).toReversed().join(" ").slice(0, longest);
}
