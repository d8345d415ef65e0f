/** Scripts of the open conversation: what was begun, where each is, and what can be begun. */

import { succeeds } from "@/ui/problems";
import * as api from "./api";
import * as knowledgeApi from "@/knowledge/api";
import type { Script, ScriptRow, ScriptStep, ToDesk, WalkMoveIn, WalkOut } from "@/api/types";
import { uniqueKey } from "@/api/uniqueKey";
import { store, storeRequest } from "@/ui/stores";

export const END = "end";
export type Card = "rights" | "appeal" | "phrases";

interface ScriptRuns {
  conversation: string;
  walks: WalkOut[];
  /** Published scripts, urgent ones first. */
  offered: ScriptRow[];
  /** Key of the walk that is shown; "" is the one that is under way. */
  chosen: string;
  card: Card | "";
  busy: boolean;
}

const NOTHING: ScriptRuns = { conversation: "", walks: [], offered: [], chosen: "", card: "", busy: false };
export const scriptRuns = store<ScriptRuns>(() => ({ ...NOTHING }));
const latestRequest = storeRequest();

export async function show(conversation: string): Promise<void> {
  Object.assign(scriptRuns, NOTHING, { conversation });
  await renew();
}

/** After every (re)connection as well. */
export async function renew(): Promise<void> {
  const { conversation } = scriptRuns;
  latestRequest.drop();
  if (conversation === "") return;
  // The conversation itself says why it cannot be read.
  await latestRequest(
    Promise.all([api.scriptRuns(conversation), knowledgeApi.scripts()]),
    ([walks, scripts]) => void Object.assign(scriptRuns, { walks, offered: scripts.filter(({ published }) => published > 0) }),
    () => {},
  );
}

/** The one that is chosen, or the last that is under way, or the last; those of before the conversation was closed only when chosen. */
export function current(): WalkOut | undefined {
  const { walks, chosen } = scriptRuns;
  const now = walks.filter(({ past }) => !past);
  return walks.find(({ key }) => key === chosen) ?? now.findLast(({ step }) => step !== END) ?? now.at(-1);
}

export const stepOf = ({ script, step }: { script: Script; step: string }): ScriptStep | undefined => script.steps.find(({ key }) => key === step);

/** The steps passed that were not taken back, with the answer of each. */
export function pathOf({ moves }: Pick<WalkOut, "moves">): WalkOut["moves"] {
  const held: WalkOut["moves"] = [];
  for (const move of moves) {
    if (move.move === "on") held.push(move);
    else if (move.move === "back") held.pop();
  }
  return held;
}

/** Mandatory steps that hold the closing up: none once a step was passed that frees of them. */
export function mandatoryAhead(walks: readonly WalkOut[]): { walk: WalkOut; step: ScriptStep }[] {
  const free = walks.some((walk) => !walk.past && pathOf(walk).some(({ step }) => stepOf({ script: walk.script, step })?.frees));
  if (free) return [];
  return walks.flatMap((walk) => walk.ahead.flatMap((key) => walk.script.steps.filter((step) => step.key === key).map((step) => ({ walk, step }))));
}

async function doing(deed: (conversation: string) => Promise<void>): Promise<boolean> {
  if (scriptRuns.busy) return false;
  const { conversation } = scriptRuns;
  scriptRuns.busy = true;
  const done = await succeeds(() => deed(conversation));
  if (scriptRuns.conversation !== conversation) return done;
  scriptRuns.busy = false;
  // What was asked for before is older.
  if (!done || latestRequest.waits()) latestRequest.again(renew);
  return done;
}

function updateRun(conversation: string, walk: WalkOut): void {
  if (scriptRuns.conversation !== conversation) return;
  const there = scriptRuns.walks.some(({ key }) => key === walk.key);
  scriptRuns.walks = there ? scriptRuns.walks.map((each) => (each.key === walk.key ? walk : each)) : [...scriptRuns.walks, walk];
}

export const begin = (script: string): Promise<boolean> =>
  doing(async (conversation) => {
    const walk = await api.beginScriptRun(conversation, { key: uniqueKey(), script });
    updateRun(conversation, walk);
    if (scriptRuns.conversation === conversation) Object.assign(scriptRuns, { chosen: walk.key, card: "" });
  });

const move = (walk: WalkOut, what: Omit<WalkMoveIn, "seen">): Promise<boolean> =>
  doing(async (conversation) => updateRun(conversation, await api.advanceScriptRun(conversation, walk.key, { ...what, seen: walk.moves.length })));

/** By the digit of an answer; a step without answers leads on by the first. */
export async function answer(digit: number): Promise<void> {
  const walk = current();
  const step = walk && stepOf(walk);
  if (walk === undefined || step === undefined) return;
  const count = step.answers.length;
  if (digit > Math.max(count, 1)) return;
  if (await move(walk, { move: "on", answer: count === 0 ? 0 : digit })) scriptRuns.card = "";
}

export async function back(): Promise<void> {
  const walk = current();
  if (walk !== undefined && pathOf(walk).length > 0) await move(walk, { move: "back", answer: 0 });
}

/** Open a card, or close it. That one of the citizen's rights was opened is part of the path. */
export async function toggleCard(card: Card, walks: boolean): Promise<void> {
  scriptRuns.card = scriptRuns.card === card ? "" : card;
  const walk = current();
  if (scriptRuns.card !== "" && card !== "phrases" && walk !== undefined && walks) await move(walk, { move: card, answer: 0 });
}

export const drop = (walk: WalkOut): Promise<boolean> =>
  doing(async (conversation) => {
    await api.dropScriptRun(conversation, walk.key);
    scriptRuns.walks = scriptRuns.walks.filter(({ key }) => key !== walk.key);
  });

/** Somebody else walks in it: what is known already needs no asking. */
export function onScriptRunChanged({ conversation, walk, moves }: Extract<ToDesk, { type: "walk" }>): void {
  if (conversation !== scriptRuns.conversation || scriptRuns.busy) return;
  const known = scriptRuns.walks.find(({ key }) => key === walk);
  if (moves === null ? known !== undefined : known?.moves.length !== moves) void renew();
}
