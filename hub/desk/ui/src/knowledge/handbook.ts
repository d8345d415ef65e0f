/** The cards of services, bodies and offices, what of them is told to be out of date, and where files of them come and go. */

import { explain, succeeds } from "@/ui/problems";
import * as casesApi from "@/cases/api";
import * as api from "./api";
import type { CardOut, CardRowOut, FlagChanged, FlagOut, CardKind } from "@/api/types";
import { type LatestRequest } from "@/api/latest";
import { announce, toast } from "@/ui/toasts";
import { may } from "@/sign_in/session";
import { words } from "@/words";
import { store, storeRequest } from "@/ui/stores";

export type Tab = "services" | "authorities" | "offices" | "outdated" | "coverage" | "exchange";
export const TABS: readonly Tab[] = ["services", "authorities", "offices", "outdated", "coverage", "exchange"];
/** Of the tabs that list cards. */
export const KIND_OF_TAB: Partial<Record<Tab, CardKind>> = { services: "service", authorities: "authority", offices: "office" };

interface Handbook {
  rows: Partial<Record<CardKind, CardRowOut[]>>;
  flags: FlagOut[] | null;
  /** What one has flagged oneself, and is solved: until one says that one has seen it. */
  solved: FlagChanged[];
  card: CardOut | null;
  problem: string;
}

export const handbook = store<Handbook>(() => ({ rows: {}, flags: null, solved: [], card: null, problem: "" }));

const askingRows: Record<CardKind, LatestRequest> = { service: storeRequest(), authority: storeRequest(), office: storeRequest(), article: storeRequest() };
const [askingFlags, askingCard] = [storeRequest(), storeRequest()];

const put = (found: Partial<Handbook>): void => void Object.assign(handbook, found, { problem: "" });
const fail = (error: unknown): void => void Object.assign(handbook, { problem: explain(error) });

export const loadRows = (sort: CardKind): Promise<void> => askingRows[sort](api.cards(sort), (rows) => put({ rows: { ...handbook.rows, [sort]: rows } }), fail);

/** Of whoever may not read it nothing is asked: he is shown ids. */
export async function ensureRows(sort: CardKind): Promise<void> {
  if (handbook.rows[sort] === undefined && may("read_knowledge")) await loadRows(sort);
}

export const cardTitle = (sort: CardKind, id: string): string => handbook.rows[sort]?.find((row) => row.id === id)?.title ?? id;
export const cardId = (sort: CardKind, title: string): string => handbook.rows[sort]?.find((row) => row.title === title)?.id ?? title;

export const loadOutdatedReports = (): Promise<void> => askingFlags(casesApi.outdated(), (flags) => put({ flags }), fail);

/** A flag was raised, answered or solved, by whomever: what is open on the desk shows it. */
export function onOutdatedReportChanged(flag: FlagChanged): void {
  if (flag.own && handbook.solved.every((each) => each.case !== flag.case)) {
    const { t } = words.global;
    handbook.solved = [...handbook.solved, flag];
    const text = t("handbook.solved", { title: flag.title, field: t(`handbook.flagField.${flag.field}`) });
    toast(text);
    announce(text);
  }
  if (handbook.flags !== null) void loadOutdatedReports();
  if (handbook.card?.id === flag.card && handbook.card.sort === flag.sort) void loadCard(flag.sort, flag.card);
}

export const acknowledgeReport = (number: string): Promise<boolean> =>
  succeeds(async () => {
    await casesApi.acknowledgeOutdated(number);
    handbook.solved = handbook.solved.filter((each) => each.case !== number);
  });

export async function loadCard(sort: CardKind, id: string): Promise<void> {
  if (handbook.card?.id !== id || handbook.card.sort !== sort) handbook.card = null;
  await askingCard(api.cardOf(sort, id), (card) => put({ card }), fail);
}

/** What is to be held against its source by today, the oldest first. */
export function overdue(rows: readonly CardRowOut[], today: string): CardRowOut[] {
  return rows.filter(({ review }) => review !== null && review <= today).toSorted((a, b) => String(a.review).localeCompare(String(b.review)));
}
