/** Operators on the floor: who needs help first. Silence is the wait of a citizen who has somebody and no answer. */

import type { PersonNow, TalkNow } from "@/api/types";

/** A citizen who has somebody and hears nothing for so long is forgotten. */
export const SILENT_MS = 3 * 60_000;
export type SortKey = "name" | "work" | "since" | "load" | "waits";
export type Chosen = "" | "silent" | "free" | "paused";

const rank = ({ danger, waits }: TalkNow): number => (danger ? 0 : Date.parse(waits ?? "9999-01-01"));

/** The talk whose citizen waits longest; danger to life before all others. */
export function oldest({ talks }: PersonNow): TalkNow | undefined {
  return talks.filter(({ danger, waits }) => danger || waits !== null).toSorted((a, b) => rank(a) - rank(b))[0];
}

export const silentMs = (one: PersonNow, now: number): number => {
  const waits = oldest(one)?.waits;
  return waits ? Math.max(0, now - Date.parse(waits)) : 0;
};

export const isSilent = (one: PersonNow, now: number): boolean => silentMs(one, now) > SILENT_MS;
const inDanger = (one: PersonNow): boolean => one.talks.some(({ danger }) => danger);

const CHOICES: Record<Exclude<Chosen, "">, (one: PersonNow, now: number) => boolean> = {
  silent: isSilent,
  free: ({ work }) => work === "free",
  paused: ({ work }) => work === "paused",
};

export const fits = (one: PersonNow, chosen: Chosen, now: number): boolean => chosen === "" || CHOICES[chosen](one, now);

/** Danger to life stays on top whatever the order is. */
export function ordered(people: readonly PersonNow[], key: SortKey, down: boolean, now: number): PersonNow[] {
  const values: Record<SortKey, (one: PersonNow) => number | string> = {
    name: ({ name }) => name,
    work: ({ work }) => work,
    since: ({ since }) => now - Date.parse(since),
    load: ({ load }) => load,
    waits: (one) => silentMs(one, now),
  };
  const value = values[key];
  const compare = (a: PersonNow, b: PersonNow): number => {
    const [x, y] = [value(a), value(b)];
    return typeof x === "string" ? x.localeCompare(String(y)) : x - Number(y);
  };
  return people.toSorted((a, b) => Number(inDanger(b)) - Number(inDanger(a)) || (down ? -1 : 1) * compare(a, b) || a.name.localeCompare(b.name));
}
