/** What this room asks of the hub. */

import { del, get, post, put } from "@/api/client";
import type { AttemptIn, CallIn, CannedIn, GiveBackIn, KeptIn, MacroIn, PassIn, PlaceIn, PromiseIn, RearrangeIn, RelayIn, TransferPurpose, WalkIn, WalkMoveIn, WhereToIn, WithdrawIn } from "@/api/types";

export const runMacro = (id: string, what: MacroIn) => post("/api/conversations/{conversation}/macro", { conversation: id }, what);
export const places = () => get("/api/places");
export const setPlace = (id: string, where: PlaceIn) => put("/api/conversations/{conversation}/place", { conversation: id }, where);
export const transferRoute = (id: string, errand: TransferPurpose, matter: string, topic: string) =>
  get("/api/conversations/{conversation}/way", { conversation: id, errand, matter, topic });
export const giveBack = (id: string, why: GiveBackIn) => post("/api/conversations/{conversation}/give_back", { conversation: id }, why);
export const takeBack = (id: string) => post("/api/conversations/{conversation}/take_back", { conversation: id });
export const relay = (id: string, matter: RelayIn) => post("/api/conversations/{conversation}/relay", { conversation: id }, matter);
export const handOver = (id: string, how: PassIn) => post("/api/conversations/{conversation}/pass", { conversation: id }, how);
export const scriptRuns = (id: string) => get("/api/conversations/{conversation}/walks", { conversation: id });
export const beginScriptRun = (id: string, what: WalkIn) => post("/api/conversations/{conversation}/walks", { conversation: id }, what);
export const advanceScriptRun = (id: string, walk: string, move: WalkMoveIn) =>
  post("/api/conversations/{conversation}/walks/{walk}", { conversation: id, walk }, move);
export const dropScriptRun = (id: string, walk: string) => del("/api/conversations/{conversation}/walks/{walk}", { conversation: id, walk });
export const promise = (id: string, what: PromiseIn) => post("/api/conversations/{conversation}/promise", { conversation: id }, what);
export const recordAttempt = (id: string, what: AttemptIn) => post("/api/conversations/{conversation}/attempt", { conversation: id }, what);
export const call = (id: string, how: CallIn) => post("/api/conversations/{conversation}/call", { conversation: id }, how);
export const keepPromise = (id: string, words: KeptIn) => post("/api/conversations/{conversation}/keep", { conversation: id }, words);
export const withdrawPromise = (id: string, why: WithdrawIn) => post("/api/conversations/{conversation}/withdraw", { conversation: id }, why);
export const previewTransfer = (what: WhereToIn) => post("/api/waiting/outlook", {}, what);
export const transferWaiting = (what: RearrangeIn) => post("/api/waiting/move", {}, what);
export const canned = () => get("/api/canned");
export const saveCanned = (id: string, words: CannedIn) => put("/api/canned/{reply}", { reply: id }, words);
export const dropCanned = (id: string, version: number) => del("/api/canned/{reply}", { reply: id, version });
