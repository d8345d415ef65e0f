/** Phrases that mean the same: asked of the hub page by page, and settled together. What was settled last is undone as it was settled. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { AssignedOut, GroupGuess, PhraseGroupOut, PhraseOut, PhrasesGrouped } from "@/api/types";
import { announce, toast } from "@/ui/toasts";
import { period } from "./period";
import { words } from "@/words";
import { store, storeRef, storeRequest } from "@/ui/stores";

interface GroupList {
  /** null until the hub has answered, and while it makes them. */
  groups: PhraseGroupOut[] | null;
  /** Groups, and the phrases in them. */
  total: number;
  phrases: number;
  first: string;
  last: string;
  today: string;
  /** How many of how many new phrases are understood, while the groups are made; 0 of 0 else. */
  done: number;
  of: number;
  problem: string;
}

export const groupList = store<GroupList>(() => ({ groups: null, total: 0, phrases: 0, first: "", last: "", today: "", done: 0, of: 0, problem: "" }));
/** Keys of the phrases that were settled last. */
const last = storeRef<string[]>([]);
const latestRequest = storeRequest();

export const loadGroups = (): Promise<void> =>
  latestRequest(
    api.phraseGroups(period, 0),
    ({ groups, total, done, ...page }) => {
      const making = groups === null;
      Object.assign(groupList, page, { groups: groups ?? null, total: making ? 0 : total, done, of: making ? total : 0, problem: "" });
    },
    (error) => {
      groupList.problem = explain(error);
    },
  );

/** The hub says how far it is, and when the groups are there. */
export function onPhrasesGrouped({ done, total }: PhrasesGrouped): void {
  if (groupList.groups !== null || groupList.today === "") return;
  Object.assign(groupList, { done, of: total });
  if (total === 0) void loadGroups();
}

export async function loadMoreGroups(): Promise<void> {
  const before = groupList.groups ?? [];
  await latestRequest(
    api.phraseGroups(period, before.length),
    ({ groups, total, phrases }) => {
      const known = new Set(before.map(({ key }) => key));
      Object.assign(groupList, { groups: [...before, ...(groups ?? []).filter(({ key }) => !known.has(key))], total, phrases });
    },
    (error) => toast(explain(error), { tone: "bad" }),
  );
}

const taken = (phrases: readonly PhraseOut[]) => phrases.map(({ key, text }) => ({ phrase: key, text }));

export const assignGroup = (phrases: readonly PhraseOut[], intent: string): Promise<boolean> =>
  settle(() => api.assignGroup({ phrases: taken(phrases), intent }), ({ length }) => words.global.t("groups.assigned", { n: length, intent }, length));

/** `teach` makes them questions of the card, which only an article of one's own has. */
export const answerGroup = (phrases: readonly PhraseOut[], { id, title }: { id: string; title: string }, teach: boolean): Promise<boolean> =>
  settle(() => api.answerGroup({ phrases: taken(phrases), article: id, teach }), (made) => words.global.t(made.some(({ example }) => example !== "") ? "groups.taught" : "groups.answered", { n: made.length, title }, made.length));

export const takeGuess = (phrases: readonly PhraseOut[], guess: GroupGuess): Promise<boolean> =>
  guess.kind === "intent" ? assignGroup(phrases, guess.id) : answerGroup(phrases, guess, guess.kind === "article");

export const dismissGroup = (phrases: readonly PhraseOut[]): Promise<boolean> =>
  settle(() => api.dismissGroup(phrases.map(({ key }) => key)), ({ length }) => words.global.t("groups.dismissed", { n: length }, length));

async function settle(ask: () => Promise<AssignedOut[]>, told: (made: AssignedOut[]) => string): Promise<boolean> {
  try {
    const assigned = await ask();
    const gone = new Set(assigned.map(({ phrase }) => phrase));
    last.value = [...gone];
    const text = told(assigned);
    toast(text, { undo: () => void undoGroup([...gone]) });
    announce(text);
    await loadGroups();
    return true;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return false;
  }
}

async function undoGroup(phrases: string[]): Promise<void> {
  if (phrases.length === 0) return;
  try {
    await api.undoGroup(phrases);
    last.value = [];
    announce(words.global.t("groups.returned"));
    await loadGroups();
  } catch (error) {
    toast(explain(error), { tone: "bad" });
  }
}

/** By Ctrl+Z. */
export const undoLastGroup = (): Promise<void> => undoGroup(last.value);
