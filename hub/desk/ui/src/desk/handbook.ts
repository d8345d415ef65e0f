/** The cards of services, bodies and offices, what of them is told to be out of date, and where files of them come and go. */

import * as hub from "@/api/hub";
import type { CardOut, CardRowOut, FlagOut, Sort } from "@/api/types";
import { explain } from "@/desk/deeds";
import { type Asking, latest } from "@/desk/latest";
import { may } from "@/desk/session";
import { shallowReactive } from "vue";

export type Tab = "services" | "authorities" | "offices" | "outdated" | "exchange";
export const TABS: readonly Tab[] = ["services", "authorities", "offices", "outdated", "exchange"];
/** Of the tabs that list cards. */
export const SORT: Partial<Record<Tab, Sort>> = { services: "service", authorities: "authority", offices: "office" };

interface Handbook {
  rows: Partial<Record<Sort, CardRowOut[]>>;
  flags: FlagOut[] | null;
  card: CardOut | null;
  problem: string;
}

export const handbook = shallowReactive<Handbook>({ rows: {}, flags: null, card: null, problem: "" });

const askingRows: Record<Sort, Asking> = { service: latest(), authority: latest(), office: latest(), article: latest() };
const [askingFlags, askingCard] = [latest(), latest()];

const put = (found: Partial<Handbook>): void => void Object.assign(handbook, found, { problem: "" });
const fail = (error: unknown): void => void Object.assign(handbook, { problem: explain(error) });

export const loadRows = (sort: Sort): Promise<void> => askingRows[sort](hub.cards(sort), (rows) => put({ rows: { ...handbook.rows, [sort]: rows } }), fail);

/** Of whoever may not read it nothing is asked: he is shown ids. */
export async function needRows(sort: Sort): Promise<void> {
  if (handbook.rows[sort] === undefined && may("read_knowledge")) await loadRows(sort);
}

export const cardTitle = (sort: Sort, id: string): string => handbook.rows[sort]?.find((row) => row.id === id)?.title ?? id;
export const cardId = (sort: Sort, title: string): string => handbook.rows[sort]?.find((row) => row.title === title)?.id ?? title;

export const loadFlags = (): Promise<void> => askingFlags(hub.outdated(), (flags) => put({ flags }), fail);

export async function loadCard(sort: Sort, id: string): Promise<void> {
  if (handbook.card?.id !== id || handbook.card.sort !== sort) handbook.card = null;
  await askingCard(hub.cardOf(sort, id), (card) => put({ card }), fail);
}

/** What is to be held against its source by today, the oldest first. */
export function overdue(rows: readonly CardRowOut[], today: string): CardRowOut[] {
  return rows.filter(({ review }) => review !== null && review <= today).toSorted((a, b) => String(a.review).localeCompare(String(b.review)));
}
