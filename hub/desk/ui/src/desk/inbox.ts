/** The conversations this desk knows of, and the views they are seen in. */

import * as hub from "@/api/hub";
import type { View } from "@/api/hub";
import { Refused, hubNow } from "@/api/request";
import type { ConversationOut } from "@/api/types";
import { compareIds } from "@/desk/ids";
import { me } from "@/desk/session";
import { belongs, inOrder } from "@/desk/views";
import { reactive, shallowReactive } from "vue";

export const known = shallowReactive(new Map<string, ConversationOut>());
export const counts = reactive({ mine: 0, waiting: 0, offered: 0, snoozed: 0, mentions: 0, promised: 0, risk: 0 });
/** Views that were loaded at least once: before that they show skeletons. */
export const loaded = shallowReactive(new Set<View>());
export const trouble = reactive<{ text: string | null }>({ text: null });
/** Fewer rows than this no longer fill a screen. */
const FEW = 30;
let waitingMore = false;
/** Questions and news in the order in which they came up; which of them told last of each conversation, and which of them swept all away. */
let moments = 0;
let swept = 0;
const told = new Map<string, number>();
const recent = reactive({ floor: "", more: false });

export function listed(view: View): ConversationOut[] {
  const here = [...known.values()].filter((conversation) => belongs(view, conversation, me.value));
  const shown = view === "recent" && recent.more ? here.filter(({ id }) => compareIds(id, recent.floor) >= 0) : here;
  return inOrder(view, shown);
}

export const hasMore = (view: View): boolean => view === "recent" && recent.more;

/** An answer stands for the moment when it was asked for: what was heard of a conversation since then is newer. */
export function moment(): number {
  return ++moments;
}

const newer = (id: string, at: number): boolean => (told.get(id) ?? swept) > at;

export async function load(view: View): Promise<void> {
  const at = moment();
  const page = await asked(() => hub.inbox(view));
  if (page === null || swept > at) return;
  const present = new Set(page.conversations.map(({ id }) => id));
  // What the hub no longer lists here has moved on while the line was down.
  if (view !== "recent" && !page.more) for (const old of listed(view)) if (!present.has(old.id)) unlearn(old.id, at);
  learn(page.conversations, at);
  if (view === "recent") setFloor(page.conversations, page.more);
  if (view === "waiting") waitingMore = page.more;
  loaded.add(view);
}

export async function loadMore(): Promise<void> {
  const at = moment();
  const page = await asked(() => hub.inbox("recent", recent.floor));
  if (page === null || swept > at) return;
  learn(page.conversations, at);
  setFloor(page.conversations, page.more);
}

async function asked<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    const answer = await ask();
    trouble.text = null;
    return answer;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    trouble.text = error.text;
    return null;
  }
}

function setFloor(page: ConversationOut[], more: boolean): void {
  const last = page.at(-1);
  if (last !== undefined) recent.floor = last.id;
  recent.more = more;
}

const FILL_PAUSE_MS = 500;
let filling: ReturnType<typeof setTimeout> | undefined;

/** The hub lists only the first that wait: as they leave, those behind them are fetched. */
export function fillWaiting(): void {
  if (filling !== undefined || !waitingMore || listed("waiting").length >= FEW) return;
  filling = setTimeout(() => {
    filling = undefined;
    void load("waiting");
  }, FILL_PAUSE_MS);
}

export function learn(conversations: readonly ConversationOut[], at = moment()): void {
  for (const conversation of conversations) {
    if (newer(conversation.id, at)) continue;
    told.set(conversation.id, at);
    const typing = stillTypes(conversation);
    known.set(conversation.id, { ...conversation, typing });
    if (typing) citizenTypes(conversation.id);
  }
}

const TYPING_LASTS_MS = 6000;
const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();

/** The hub's mark outlives the message that was typed, and the robot's answer to it. */
function stillTypes({ id, typing, last_author, last_at }: ConversationOut): boolean {
  const before = known.get(id);
  if (before?.typing && before.last_at === last_at) return typing;
  const wrote = last_author === "citizen" || last_author === "bot";
  return typing && !(wrote && last_at !== null && hubNow() - Date.parse(last_at) < TYPING_LASTS_MS);
}

/** The hub tells when typing begins; that it ended is seen by silence. */
export function citizenTypes(id: string): void {
  clearTimeout(typingTimers.get(id));
  amend(id, { typing: true });
  typingTimers.set(
    id,
    setTimeout(() => amend(id, { typing: false }), TYPING_LASTS_MS),
  );
}

export function citizenWrote(id: string): void {
  clearTimeout(typingTimers.get(id));
  typingTimers.delete(id);
  amend(id, { typing: false });
}

export function unlearn(id: string, at = moment()): void {
  if (newer(id, at)) return;
  told.set(id, at);
  known.delete(id);
}

/** Where what is said in a conversation is shown: itself, or the one that it goes on in. */
export const shownIn = (id: string): string => [...known.values()].find(({ parts }) => parts.some((part) => part.id === id))?.id ?? id;

export function amend(id: string, change: Partial<ConversationOut>): void {
  const conversation = known.get(id);
  if (conversation !== undefined) known.set(id, { ...conversation, ...change });
}

/** What was known may be another's by now: the views are loaded anew. */
export function clear(): void {
  known.clear();
  loaded.clear();
  told.clear();
  swept = moment();
}

export function reset(): void {
  clear();
  Object.assign(counts, { mine: 0, waiting: 0, offered: 0, snoozed: 0, mentions: 0, promised: 0, risk: 0 });
  Object.assign(recent, { floor: "", more: false });
  trouble.text = null;
}
