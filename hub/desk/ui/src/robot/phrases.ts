/** Phrases that wait to be assigned: asked of the hub page by page; what is assigned or dismissed leaves the list, and can be undone. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { AssignedOut, Meaning, PhraseOut } from "@/api/types";
import { announce, toast } from "@/ui/toasts";
import { period } from "./period";
import { words } from "@/words";
import { computed } from "vue";
import { store, storeRequest } from "@/ui/stores";

interface PhraseList {
  /** null until the hub has answered. */
  phrases: PhraseOut[] | null;
  total: number;
  first: string;
  last: string;
  today: string;
  meanings: readonly Meaning[];
  assigned: AssignedOut[];
  problem: string;
}

/** The intent that says what the robot is not for. */
export const OUT_OF_SCOPE = "out_of_scope";

export const phraseList = store<PhraseList>(() => ({ phrases: null, total: 0, first: "", last: "", today: "", meanings: [], assigned: [], problem: "" }));
/** Intents by their names. */
export const meaningOf = computed(() => new Map(phraseList.meanings.map((meaning) => [meaning.intent, meaning])));

/** So many of those that were assigned last are shown. */
const ASSIGNED = 50;
const latestRequest = storeRequest();

/** Read the list from its beginning. */
export const load = (): Promise<void> =>
  latestRequest(
    Promise.all([api.phrases(period, 0), api.intents(), api.assignedPhrases()]),
    ([page, meanings, assigned]) => void Object.assign(phraseList, page, { meanings, assigned, problem: "" }),
    (error) => {
      phraseList.problem = explain(error);
    },
  );

/** Somebody has assigned some or dismissed them: they leave the list, whatever else of it was read. What was taken back is read anew. */
export async function renew(): Promise<void> {
  const assigned = await api.assignedPhrases().catch(() => null);
  if (assigned === null || phraseList.phrases === null) return;
  if (assigned.length < phraseList.assigned.length) {
    await load();
    return;
  }
  const gone = new Set(assigned.map(({ phrase }) => phrase));
  const left = phraseList.phrases.filter(({ key }) => !gone.has(key));
  Object.assign(phraseList, { assigned, phrases: left, total: phraseList.total - (phraseList.phrases.length - left.length) });
}

export async function loadMore(): Promise<void> {
  const before = phraseList.phrases ?? [];
  await latestRequest(
    api.phrases(period, before.length),
    (page) => {
      // Meanwhile somebody else may have assigned some, or citizens said more: nothing is shown twice.
      const known = new Set(before.map(({ key }) => key));
      Object.assign(phraseList, { phrases: [...before, ...page.phrases.filter(({ key }) => !known.has(key))], total: page.total });
    },
    (error) => toast(explain(error), { tone: "bad" }),
  );
}

export const assign = (phrase: PhraseOut, intent: string, text: string): Promise<boolean> =>
  settle(phrase, () => api.assignPhrase({ phrase: phrase.key, intent, text }), words.global.t("phrases.assigned", { intent }));

export const dismiss = (phrase: PhraseOut): Promise<boolean> =>
  settle(phrase, () => api.dismissPhrase(phrase.key), words.global.t("phrases.dismissed"));

export const answered = (phrase: PhraseOut, article: string): Promise<boolean> =>
  settle(phrase, () => api.answerPhrase(phrase.key, article), words.global.t("phrases.answered"));

async function settle(phrase: PhraseOut, ask: () => Promise<AssignedOut>, told: string): Promise<boolean> {
  try {
    const assigned = await ask();
    Object.assign(phraseList, {
      phrases: (phraseList.phrases ?? []).filter(({ key }) => key !== phrase.key),
      total: Math.max(0, phraseList.total - 1),
      assigned: [assigned, ...phraseList.assigned].slice(0, ASSIGNED),
    });
    // What was asked for before still has it.
    if (latestRequest.waits()) latestRequest.again(load);
    toast(told, { undo: () => void undo(phrase.key) });
    announce(told);
    return true;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return false;
  }
}

export async function undo(key: string): Promise<void> {
  try {
    await api.undoPhrase(key);
    announce(words.global.t("phrases.returned"));
    await load();
  } catch (error) {
    toast(explain(error), { tone: "bad" });
  }
}

/** What was done last, to be undone by Ctrl+Z. */
export const undoLast = (): void => {
  const last = phraseList.assigned[0];
  if (last !== undefined) void undo(last.phrase);
};

export interface TextPart {
  text: string;
  /** It stands for something that is nobody else's business. */
  mask: boolean;
}

/** A text in pieces, so that what was taken out of it can be seen. */
export const textParts = (text: string): TextPart[] =>
  text
    .split(/(‹[^‹›]*›)/u)
    .filter(Boolean)
    .map((piece) => (piece.startsWith("‹") ? { text: piece.slice(1, -1), mask: true } : { text: piece, mask: false }));

/** What is left of it to learn from. */
export const withoutMasks = (text: string): string =>
  text
    .replaceAll(/‹[^‹›]*›/gu, " ")
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/\s+([,.!?;:])/gu, "$1")
    .trim();
