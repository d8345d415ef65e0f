/** The floor as the hub tells it: all of it at first, then what changes. Whoever looks can always tell how old it is. */

import type { ChannelNow, RemoteQueue, FloorChanged, FloorColumn, GroupNow, Late } from "@/api/types";
import { MEAN_WAIT_S, SERVICE_LEVEL, share } from "@/reporting/dayFigures";
import { type Tone, clockText, waitingTone } from "@/ui/clocks";
import { may } from "@/sign_in/session";
import { computed } from "vue";
import { store, storeRef, onForget } from "@/ui/stores";

/** The hub says something every ten seconds at least. */
const OLD_MS = 15_000;
const LOOK_MS = 1000;
/** Nobody's hand keeps the session of a display awake, whose account is for nothing else: asking anew does. */
const AGAIN_MS = 60_000;
const LISTED = 50;
const SECOND = 1000;

interface Floor {
  groups: readonly GroupNow[];
  late: readonly Late[];
  channels: readonly ChannelNow[];
  /** Centres below that have deployments of their own. */
  linked: readonly RemoteQueue[];
  /** What the table of groups shows of today. */
  columns: readonly FloorColumn[];
  /** When the hub last said something, by its own clock; "" until it has. */
  at: string;
}

const NOTHING: Floor = { groups: [], late: [], channels: [], linked: [], columns: [], at: "" };
export const floor = store<Floor>(() => ({ ...NOTHING }));
/** Nothing was heard for so long that what is shown may be wrong. */
export const isStale = storeRef(false);
export const down = computed(() => floor.channels.filter(({ up }) => !up));

let ask: (on: boolean) => void = () => {};
let comeBack = (): void => {};
let shown = false;
let heardAt = 0;
let askedAt = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The live line tells the hub that this desk looks, and comes back when nothing is heard over it. */
export function whenShown(tell: (on: boolean) => void, back: () => void): void {
  ask = tell;
  comeBack = back;
}

export function openFloor(): void {
  shown = true;
  renew();
  clearInterval(timer);
  timer = setInterval(look, LOOK_MS);
}

export function closeFloor(): void {
  shown = false;
  clearInterval(timer);
  ask(false);
}

onForget(closeFloor);

/** After every (re)connection. */
export function renew(): void {
  if (!shown) return;
  askedAt = performance.now();
  ask(true);
}

export function onFloorChanged({ at, whole, groups, late, channels, linked, columns }: Omit<FloorChanged, "type">): void {
  heardAt = performance.now();
  isStale.value = false;
  Object.assign(floor, {
    at,
    groups: whole ? groups : merged(floor.groups, groups, ({ key }) => key),
    late: (whole ? late : merged(floor.late, late, ({ conversation, asked }) => `${asked} ${conversation}`)).slice(-LISTED),
    channels: channels ?? floor.channels,
    linked: linked ?? floor.linked,
    columns: columns ?? floor.columns,
  });
}

/** What is known, with what has changed in its place and what is new behind it. */
export function merged<T>(known: readonly T[], changed: readonly T[], key: (one: T) => string): readonly T[] {
  if (changed.length === 0) return known;
  const news = new Map(changed.map((one) => [key(one), one]));
  const stay = known.map((one) => news.get(key(one)) ?? one);
  const there = new Set(known.map(key));
  return [...stay, ...changed.filter((one) => !there.has(key(one)))];
}

function look(): void {
  const passed = performance.now();
  if (passed - heardAt > OLD_MS && !isStale.value && floor.at !== "") {
    isStale.value = true;
    comeBack();
  }
  if (passed - askedAt > AGAIN_MS && !may("read_knowledge")) renew();
}

/** The group that is asked for, or the widest that one may see. */
export const groupOf = (key: string): GroupNow | undefined => floor.groups.find((group) => group.key === key) ?? floor.groups[0];

/** Lines of a group that are worth a row of their own. */
export const linesOf = (of: GroupNow): GroupNow[] => floor.groups.filter(({ kind, lines, key }) => kind === "line" && key !== of.key && of.lines.includes(lines[0] ?? ""));

/** What a group's sums come to, those of names after «-» subtracted. */
export function added(of: GroupNow, names: readonly string[]): number {
  const sums = of as unknown as Record<string, number>;
  return names.reduce((sum, name) => (name.startsWith("-") ? sum - (sums[name.slice(1)] ?? 0) : sum + (sums[name] ?? 0)), 0);
}

export interface Figure {
  name: string;
  value: string;
  hint?: string;
  tone: Tone | "";
}

type Say = (key: string, values?: Record<string, unknown>) => string;

const judged = (good: boolean): Tone => (good ? "good" : "bad");

export type WaitFigures = Pick<GroupNow, "oldest" | "predicted_s" | "waiting">;

/** How long the one has waited who waits longest. */
export function longestFigure(of: WaitFigures, now: number, locale: string): Figure {
  if (of.oldest === null) return { name: "longest", value: "—", tone: "" };
  const ms = Math.max(0, now - Date.parse(of.oldest));
  return { name: "longest", value: clockText(ms, locale), tone: waitingTone(ms) };
}

/** How long whoever joins now will wait; where nobody is and nobody waits there is nothing to be said. */
export function predictedFigure({ predicted_s, waiting }: WaitFigures, locale: string, t: Say): Figure {
  if (predicted_s !== null) return { name: "predicted", value: clockText(predicted_s * SECOND, locale), tone: waitingTone(predicted_s * SECOND) };
  return waiting > 0 ? { name: "predicted", value: t("floor.nobody"), tone: "bad" } : { name: "predicted", value: "—", tone: "" };
}

/** The strict share with its formula, and the centre's own target beside it (98 % within 20 s, and 8 s on average). */
export function levelFigures(of: GroupNow, locale: string, t: Say): Figure[] {
  const number = new Intl.NumberFormat(locale);
  const decided = of.offered - of.still;
  const mean = of.answered === 0 ? null : of.wait_s / of.answered;
  return [
    {
      name: "level",
      value: share(of.in_time, decided, locale),
      hint: t("floor.levelHint", { inTime: number.format(of.in_time), decided: number.format(decided), target: share(SERVICE_LEVEL * 100, 100, locale) }),
      tone: decided === 0 ? "" : judged(of.in_time / decided >= SERVICE_LEVEL),
    },
    {
      name: "mean",
      value: mean === null ? "—" : t("figures.seconds", { s: number.format(Math.round(mean * 10) / 10) }),
      hint: t("floor.meanHint", { wait: number.format(of.wait_s), answered: number.format(of.answered), target: number.format(MEAN_WAIT_S) }),
      tone: mean === null ? "" : judged(mean <= MEAN_WAIT_S),
    },
  ];
}
