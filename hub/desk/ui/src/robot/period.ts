/** Days from one up to and with another, as the tabs of the robot show them; "" is what the hub takes without them. */

import type { Period } from "./api";
import { shiftDay } from "@/reporting/dayFigures";
import { store } from "@/ui/stores";

/** Lengths to choose from, in days; the last one is as long as the hub tells at once. */
export const LENGTHS = [1, 7, 14, 31] as const;

/** The same for all tabs: who has chosen a week looks at that week. */
export const period = store<Period>(() => ({ first: "", last: "" }));

const DAY_MS = 24 * 60 * 60 * 1000;

/** How many days a period has. */
export const days = ({ first, last }: Period): number => (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;

/** As long before `last`. */
export const ending = (last: string, length: number): Period => ({ first: shiftDay(last, 1 - length), last });

/** What somebody chose, made to a period that the hub tells: the day that was changed stays, the other one follows. */
export function correctedPeriod(wish: Period, changed: keyof Period, today: string): Period {
  const longest = LENGTHS.at(-1) ?? 1;
  const { first, last } = { first: wish.first > today ? today : wish.first, last: wish.last > today ? today : wish.last };
  if (changed === "first") {
    if (last < first) return { first, last: first };
    const most = shiftDay(first, longest - 1);
    return { first, last: last > most ? most : last };
  }
  if (first > last) return { first: last, last };
  const least = shiftDay(last, 1 - longest);
  return { first: first < least ? least : first, last };
}
