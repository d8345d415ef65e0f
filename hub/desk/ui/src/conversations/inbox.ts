/** The conversations this desk knows of, and the views they are seen in. */

import * as api from "./api";
import type { View } from "./views";
import { Refused, hubNow } from "@/api/request";
import type { ConversationOut } from "@/api/types";
import { me } from "@/sign_in/session";
import { belongs, compare, inOrder } from "./views";
import { kept, store, storeMap, storeSet, onForget } from "@/ui/stores";

export const knownConversations = storeMap<string, ConversationOut>();
export const counts = store(() => ({ mine: 0, waiting: 0, offered: 0, snoozed: 0, mentions: 0, followed: 0, promised: 0, risk: 0 }));
/** Views that were loaded at least once: before that they show skeletons. */
export const loaded = storeSet<View>();
export const loadProblem = store<{ text: string | null }>(() => ({ text: null }));
/** How far each view is loaded: its last row as the hub gave it, and where the hub goes on. A view that is loaded to its end is not here. */
const reached = storeMap<View, { last: ConversationOut; next: string }>();
/** A list that comes back after a broken line is as long as it was, up to here. */
const MOST_AGAIN = 2000;
/** Questions and news in the order in which they came up; which of them told last of each conversation, and which of them swept all away. */
let moments = 0;
let swept = 0;
const revisions = kept(new Map<string, number>(), (all) => all.clear());

/** What is known of a view, as far as it is loaded without a gap. */
export function conversationsIn(view: View): ConversationOut[] {
  const end = reached.get(view)?.last;
  const here = [...knownConversations.values()].filter((row) => belongs(view, row, me.value) && (end === undefined || compare(view, row, end) <= 0));
  return inOrder(view, here);
}

export const hasMore = (view: View): boolean => reached.has(view);

/** How many rows a view has, also those that are not loaded; null where only the hub could count them. */
export function total(view: View): number | null {
  if (!hasMore(view)) return conversationsIn(view).length;
  return view in counts ? counts[view as keyof typeof counts] : null;
}

/** An answer stands for the moment when it was asked for: what was heard of a conversation since then is newer. */
export function moment(): number {
  return ++moments;
}

const newer = (id: string, at: number): boolean => (revisions.get(id) ?? swept) > at;

/** A view from its beginning, as far as it was loaded before. */
export async function load(view: View): Promise<void> {
  const [at, before] = [moment(), loaded.has(view) ? Math.min(conversationsIn(view).length, MOST_AGAIN) : 0];
  const rows: ConversationOut[] = [];
  let next = "";
  do {
    // oxlint-disable-next-line no-await-in-loop -- where a page begins is known from the one before
    const page = await asked(() => api.inbox(view, next));
    if (page === null || swept > at) return;
    rows.push(...page.conversations);
    ({ next } = page);
  } while (next !== "" && rows.length < before);
  take(view, rows, next, at);
}

/** The next page of a view; whether to go on while its end is in sight. */
export async function loadMore(view: View): Promise<boolean> {
  const [at, end] = [moment(), reached.get(view)];
  if (end === undefined) return false;
  const page = await asked(() => api.inbox(view, end.next));
  if (page === null) return false;
  // Loaded from its beginning meanwhile: the next page is another one.
  if (swept > at || reached.get(view) !== end) return true;
  take(view, page.conversations, page.next, at, end.last);
  return true;
}

/** What the hub lists behind a row, and where it goes on; what it no longer lists there has moved on while the line was down. */
function take(view: View, rows: ConversationOut[], next: string, at: number, behind?: ConversationOut): void {
  const last = rows.at(-1);
  if (next !== "" && last !== undefined) reached.set(view, { last, next });
  else reached.delete(view);
  const present = new Set(rows.map(({ id }) => id));
  const gone = conversationsIn(view).filter((row) => !present.has(row.id) && (behind === undefined || compare(view, row, behind) > 0));
  if (view !== "recent") for (const { id } of gone) removeConversation(id, at);
  updateConversations(rows, at);
  loaded.add(view);
}

async function asked<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    const answer = await ask();
    loadProblem.text = null;
    return answer;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    loadProblem.text = error.text;
    return null;
  }
}

export function updateConversations(conversations: readonly ConversationOut[], at = moment()): void {
  for (const conversation of conversations) {
    if (newer(conversation.id, at)) continue;
    revisions.set(conversation.id, at);
    const typing = stillTypes(conversation);
    knownConversations.set(conversation.id, { ...conversation, typing });
    if (typing) citizenTypes(conversation.id);
  }
}

/** Grows with each conversation that the hub tells of and that may now pass another filter. */
const listChanges = store(() => ({ count: 0 }));

/** What differs when another conversation may be in a filtered list. */
export const listMoment = (): readonly number[] => [listChanges.count, counts.waiting, counts.mine, counts.promised];

const filteredBy = (row: ConversationOut | undefined): string =>
  row === undefined ? "" : JSON.stringify([row.holder.kind, row.holder.queue, row.holder.operator, row.topic, row.language, row.danger, row.promise?.given, row.unread > 0]);

export function conversationChanged(conversation: ConversationOut): void {
  if (filteredBy(knownConversations.get(conversation.id)) !== filteredBy(conversation)) listChanges.count++;
  updateConversations([conversation]);
}

const TYPING_LASTS_MS = 6000;
const typingTimers = kept(new Map<string, ReturnType<typeof setTimeout>>(), (timers) => timers.clear());

/** The hub's mark outlives the message that was typed, and the robot's answer to it. */
function stillTypes({ id, typing, last_author, last_at }: ConversationOut): boolean {
  const before = knownConversations.get(id);
  if (before?.typing && before.last_at === last_at) return typing;
  const wrote = last_author === "citizen" || last_author === "bot";
  return typing && !(wrote && last_at !== null && hubNow() - Date.parse(last_at) < TYPING_LASTS_MS);
}

/** The hub tells when typing begins; that it ended is seen by silence. */
export function citizenTypes(id: string): void {
  clearTimeout(typingTimers.get(id));
  patchConversation(id, { typing: true });
  typingTimers.set(
    id,
    setTimeout(() => patchConversation(id, { typing: false }), TYPING_LASTS_MS),
  );
}

export function citizenWrote(id: string): void {
  clearTimeout(typingTimers.get(id));
  typingTimers.delete(id);
  patchConversation(id, { typing: false });
}

export function removeConversation(id: string, at = moment()): void {
  if (newer(id, at)) return;
  revisions.set(id, at);
  knownConversations.delete(id);
}

/** Where what is said in a conversation is shown: itself, or the one that it goes on in. */
export const shownIn = (id: string): string => [...knownConversations.values()].find(({ parts }) => parts.some((part) => part.id === id))?.id ?? id;

export function patchConversation(id: string, change: Partial<ConversationOut>): void {
  const conversation = knownConversations.get(id);
  if (conversation !== undefined) knownConversations.set(id, { ...conversation, ...change });
}

/** What was known may be another's by now: the views are loaded anew. */
export function clear(): void {
  knownConversations.clear();
  loaded.clear();
  reached.clear();
  revisions.clear();
  swept = moment();
}

onForget(clear);
