/** Which conversations belong to which view of the inbox, and in what order. */

import type { ConversationOut, MeOut, Permission } from "@/api/types";
import { compareIds } from "@/api/ids";

/** Where the hub raises its second alarm of a promise. */
const NEAR_PERCENT = 80;

export type Person = Pick<MeOut, "login" | "queues" | "permissions">;

export const VIEWS = ["mine", "mentions", "followed", "waiting", "snoozed", "promised", "risk", "done", "away", "held", "recent"] as const;
export type View = (typeof VIEWS)[number];

export function viewsOf(me: Pick<MeOut, "permissions" | "linked">): View[] {
  const may = (permission: Permission): boolean => me.permissions.includes(permission);
  return [
    ...(may("serve") ? (["mine"] as const) : []),
    ...(may("serve") || may("see_all") ? (["mentions", "followed", "waiting"] as const) : []),
    ...(may("serve") ? (["snoozed", "promised"] as const) : []),
    ...(may("serve") || may("see_all") ? (["risk"] as const) : []),
    ...(may("serve") ? (["done"] as const) : []),
    ...(me.linked && (may("serve") || may("see_all")) ? (["away"] as const) : []),
    ...(may("see_all") ? (["held", "recent"] as const) : []),
  ];
}

export function belongs(view: View, conversation: ConversationOut, me: Person): boolean {
  const { kind } = conversation.holder;
  switch (view) {
    case "mine":
      return holds(conversation, me) && conversation.snoozed === null;
    case "snoozed":
      return holds(conversation, me) && conversation.snoozed !== null;
    case "mentions":
      return conversation.mentioned;
    case "followed":
      return conversation.followed !== null;
    case "waiting":
      return kind === "queue" && (me.permissions.includes("see_all") || forMe(conversation, me));
    case "promised":
      return conversation.promise !== null && mayOpen(conversation, me);
    case "risk":
      return conversation.promise !== null && conversation.promise.alarmed >= NEAR_PERCENT && mayOpen(conversation, me);
    case "done":
      return closedBy(conversation, me);
    case "away":
      return kind === "centre" && mayOpen(conversation, me);
    case "held":
      return kind === "operator";
    case "recent":
      return true;
  }
}

/** What he has put off he holds all the same. */
const holds = ({ holder: { kind, operator } }: ConversationOut, me: Person): boolean => kind === "operator" && operator === me.login;

const closedBy = ({ holder: { kind }, served_by }: ConversationOut, me: Person): boolean => kind === "closed" && served_by === me.login;

/** In a line this person serves; `operator` is the only one it waits for, if there is one. */
function forMe({ holder: { queue, operator } }: ConversationOut, me: Person): boolean {
  return operator === "" ? me.queues.includes(queue) : operator === me.login;
}

const since = (text: string | null): number => (text === null ? Number.POSITIVE_INFINITY : Date.parse(text));

export const hasNews = ({ followed }: ConversationOut): boolean => followed === "words" || followed === "ended";

const danger = (row: ConversationOut): number => Number(row.danger === null);

/** Who is in danger comes first, then who has waited or been held longest, or whose answer is due first: rows then keep their places while clocks run. */
export function compare(view: View, a: ConversationOut, b: ConversationOut): number {
  if (danger(a) !== danger(b)) return danger(a) - danger(b);
  if (view === "followed" && hasNews(a) !== hasNews(b)) return Number(hasNews(b)) - Number(hasNews(a));
  if (view === "recent" || view === "mentions" || view === "followed") return compareIds(b.id, a.id);
  if (view === "done") return since(b.holder.since) - since(a.holder.since) || compareIds(b.id, a.id);
  return since(sortedBy(view, a)) - since(sortedBy(view, b)) || compareIds(a.id, b.id);
}

function sortedBy(view: View, { promise, snoozed, holder, waiting_since, held_since }: ConversationOut): string | null {
  if (view === "promised" || view === "risk") return promise?.due ?? null;
  if (view === "snoozed") return snoozed?.until ?? null;
  if (view === "away") return holder.since;
  return view === "waiting" ? waiting_since : held_since;
}

export const inOrder = (view: View, conversations: ConversationOut[]): ConversationOut[] => conversations.toSorted((a, b) => compare(view, a, b));

/** What a person sees when he types into the list's filter. */
export function matches(conversation: ConversationOut, text: string, topic: string, line = ""): boolean {
  const wanted = fold(text);
  if (wanted === "") return true;
  const { name, number, address, question, last_text } = conversation;
  return [name, number, address, question, last_text, topic, line].some((part) => fold(part).includes(wanted));
}

export function fold(text: string): string {
  return text.trim().toLocaleLowerCase("ru").replaceAll("ё", "е");
}

/** A promise is nobody's own: whoever serves its queue may bring the answer. */
const promisedToUs = ({ holder: { kind, queue, operator } }: ConversationOut, me: Person): boolean =>
  kind === "promised" && (me.queues.includes(queue) || operator === me.login);

/** Another centre has it: whoever serves the line that it went from follows it. */
const awayFromUs = ({ holder: { kind, queue } }: ConversationOut, me: Person): boolean => kind === "centre" && me.queues.includes(queue);

/** Without `see_all` a person opens what he holds, what waits for him, what his queues promised and what went from them to another centre. */
export function mayOpen(conversation: ConversationOut, me: Person): boolean {
  return (
    me.permissions.includes("see_all") ||
    holds(conversation, me) ||
    belongs("waiting", conversation, me) ||
    promisedToUs(conversation, me) ||
    closedBy(conversation, me) ||
    awayFromUs(conversation, me)
  );
}

const takesPromise = ({ holder: { kind, queue } }: ConversationOut, me: Person): boolean =>
  kind === "promised" && (me.queues.includes(queue) || me.permissions.includes("steer"));

export interface PermittedCommands {
  reply: boolean;
  note: boolean;
  take: boolean;
  /** Take up again what is closed. */
  reopen: boolean;
  /** Ask another centre for it. */
  takeBack: boolean;
  /** A talk on the telephone is not put off. */
  snooze: boolean;
  moveOn: boolean;
  /** Have another conversation of the citizen go on in it. */
  merge: boolean;
  close: boolean;
  /** Close it with the reply that keeps the term of a letter. */
  answerAndClose: boolean;
  promise: boolean;
  keep: boolean;
  call: boolean;
  /** Ask somebody, or a senior, while the citizen waits. */
  consult: boolean;
  /** Listen to a colleague's talk. */
  listen: boolean;
}

/** What this person may do with this conversation now. */
export function permittedCommands(conversation: ConversationOut, me: Person): PermittedCommands {
  const { kind } = conversation.holder;
  const [serve, steer] = [me.permissions.includes("serve"), me.permissions.includes("steer")];
  const mine = serve && holds(conversation, me);
  const moveOn = mine || (steer && (kind === "queue" || kind === "operator"));
  const owed = conversation.promise !== null;
  return {
    reply: mine,
    note: serve && mayOpen(conversation, me),
    take: serve && ((kind === "queue" && (steer || forMe(conversation, me))) || takesPromise(conversation, me)),
    reopen: serve && kind === "closed" && (steer || closedBy(conversation, me)),
    takeBack: me.permissions.includes("hand_over") && kind === "centre" && (steer || awayFromUs(conversation, me)),
    snooze: mine && !conversation.talks,
    moveOn,
    merge: moveOn && kind === "operator" && me.permissions.includes("join_person"),
    close: moveOn && !owed,
    answerAndClose: mine && (!owed || conversation.promise?.term === true),
    promise: moveOn,
    keep: mine && owed,
    call: mine && conversation.callable,
    consult: mine && conversation.talks,
    listen: me.permissions.includes("listen") && kind === "operator" && !mine && conversation.talks,
  };
}
