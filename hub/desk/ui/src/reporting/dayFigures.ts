/** The figures of one day: asked of the hub, and while it is today read again when the live line tells of something new. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import { type Refused, hubNow } from "@/api/request";
import type { BreachOut, BreachesOut, FiguresOut, NationalOut, SumsOut } from "@/api/types";
import { conversationsIn, load as loadView, loaded } from "@/conversations/inbox";
import { computed } from "vue";
import { store, storeRequest, onForget } from "@/ui/stores";

interface Sheet {
  figures: FiguresOut | null;
  breaches: BreachOut[];
  more: boolean;
  country: NationalOut | null;
  problem: string;
}

const NOTHING: Sheet = { figures: null, breaches: [], more: false, country: null, problem: "" };
/** What happens all the time is shown every few seconds, and the less often the longer the hub has to count. */
const PAUSE_MS = 3000;
const REST = 10;
/** «не должно превышать 20 секунд»: whoever waits for longer is a breach, although nothing is told of him then. */
const ANSWER_MS = 20_000;

/** What a centre aims at: 98 % within 20 s, and 8 s on average, as of an emergency line. */
export const [SERVICE_LEVEL, MEAN_WAIT_S] = [0.98, 8];

export const sheet = store<Sheet>(() => ({ ...NOTHING }));
/** Which figures: `start` is the interval whose breaches are listed, "" for those of the whole day. */
export const filters = store(() => ({ day: "", minutes: "30", centre: "", start: "" }));

const [asking, askingMore] = [storeRequest(), storeRequest()];
let tookMs = 0;
let shown = false;
let timer: ReturnType<typeof setTimeout> | undefined;
let due = Number.POSITIVE_INFINITY;

const goesOn = computed(() => sheet.figures === null || sheet.figures.day === sheet.figures.today);

/** Show a day, and keep it up to date until `close`. */
export async function open(day: string): Promise<void> {
  shown = true;
  if (day !== filters.day) Object.assign(sheet, NOTHING);
  Object.assign(filters, { day, start: "" });
  // Of those who began to wait before this desk was opened nothing was told.
  await Promise.all([load(), loaded.has("waiting") ? null : loadView("waiting")]);
  watchTheLine();
}

export function close(): void {
  shown = false;
  asking.drop();
  askingMore.drop();
  clearTimeout(timer);
  due = Number.POSITIVE_INFINITY;
}

onForget(close);

/** Something happened in the centre. */
export function invalidate(): void {
  if (shown && goesOn.value) readAgainAfter(Math.max(PAUSE_MS, REST * tookMs));
}

function readAgainAfter(ms: number): void {
  const at = hubNow() + ms;
  if (at >= due) return;
  clearTimeout(timer);
  due = at;
  timer = setTimeout(() => {
    due = Number.POSITIVE_INFINITY;
    void load();
  }, ms);
}

export async function load(): Promise<void> {
  const began = performance.now();
  askingMore.drop();
  await asking(all(), show, fail);
  tookMs = performance.now() - began;
  watchTheLine();
}

async function all(): Promise<[FiguresOut, BreachesOut, NationalOut | null]> {
  const { start } = filters;
  const figures = await api.figures(filters);
  return [figures, ...(await Promise.all([api.breaches(filters, start, 0), countryOf(figures)]))];
}

function show([figures, listing, country]: [FiguresOut, BreachesOut, NationalOut | null]): void {
  // Pages that were asked for stay on the screen; the list only grows at its end.
  const rest = listing.more ? sheet.breaches.slice(listing.breaches.length) : [];
  const more = rest.length > 0 ? sheet.more : listing.more;
  Object.assign(sheet, { figures, breaches: [...listing.breaches, ...rest], more, country, problem: "" });
}

const countryOf = async ({ centres, day }: FiguresOut): Promise<NationalOut | null> =>
  centres.length > 1 ? api.national(day) : null;

/** What is on the screen stays there while the hub cannot be reached. */
function fail(error: Refused): void {
  if (sheet.figures === null || !error.passing) Object.assign(sheet, NOTHING, { problem: explain(error) });
}

/** The moment at which the next of those who wait has waited for too long. */
function watchTheLine(): void {
  if (!shown || !goesOn.value) return;
  const late = conversationsIn("waiting").map(({ waiting_since }) => Date.parse(waiting_since ?? "") + ANSWER_MS - hubNow());
  const next = Math.min(...late.filter((ms) => ms > 0));
  if (Number.isFinite(next)) readAgainAfter(next + PAUSE_MS);
}

export async function list(start: string): Promise<void> {
  Object.assign(filters, { start: filters.start === start ? "" : start });
  Object.assign(sheet, { breaches: [], more: false });
  await load();
}

export const listMore = (): Promise<void> =>
  askingMore(
    api.breaches(filters, filters.start, sheet.breaches.length),
    ({ breaches, more }) => void Object.assign(sheet, { breaches: [...sheet.breaches, ...breaches], more }),
    fail,
  );

export interface Tile {
  name: string;
  value: string;
  hint: string;
  tone: "good" | "bad" | "";
}

export interface Part {
  name: "inTime" | "late" | "promised" | "left" | "waiting";
  count: number;
}

export type ContactCounts = Pick<SumsOut, "in_time" | "answered" | "promised" | "left" | "waiting">;

/** What became of those who wished for a person, from the best to what is open. */
export function parts({ in_time, answered, promised, left, waiting }: ContactCounts): Part[] {
  return [
    { name: "inTime", count: in_time },
    { name: "late", count: answered - in_time },
    { name: "promised", count: promised },
    { name: "left", count: left },
    { name: "waiting", count: waiting },
  ];
}

/** Never rounded up: 100 % is every single one. */
export function share(part: number, whole: number, locale: string): string {
  if (whole === 0) return "—";
  const format = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  return format.format(Math.floor((part / whole) * 1000) / 1000);
}

/** The least round number that everything fits under: 2, 4, 6, 8, 10, 20, 30, 40, 60… */
export function ceiling(most: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 3, 4, 6, 8, 10].map((step) => step * power).find((top) => top >= Math.max(most, 2)) ?? most;
}

const DAY_MINUTES = 24 * 60;

/** How many intervals a day has: one that goes on is drawn with room for what is to come. */
export function slots({ intervals, day, today }: Pick<FiguresOut, "intervals" | "day" | "today">, minutes: number): number {
  return day === today ? Math.max(DAY_MINUTES / minutes, intervals.length) : intervals.length;
}

export const shiftDay = (day: string, by: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + by * DAY_MINUTES * 60_000).toISOString().slice(0, 10);
