/** Who sits at this desk. */

import * as hub from "@/api/hub";
import { abandon, carryToken, whenSessionIsLost } from "@/api/request";
import type { CredentialsIn, MeOut, PasskeyAnswer, Permission } from "@/api/types";
import { clearDrafts } from "@/conversations/composer/drafts";
import { latest } from "@/api/latest";
import { learnTitles } from "@/conversations/channelTitles";
import { computed, shallowRef } from "vue";

type State = "unknown" | "out" | "in";

export const state = shallowRef<State>("unknown");
/** The session ended by itself: drafts are kept for the same person to come back to. */
export const expired = shallowRef(false);
/** The hub could not be asked who is signed in. */
export const unreachable = shallowRef(false);
const person = shallowRef<MeOut | null>(null);
const asking = latest();

let finish = (): Promise<void> => Promise.resolve();

/** What is done before somebody signs out. */
export function whenLeaving(react: () => Promise<void>): void {
  finish = react;
}

export const me = computed<MeOut>(() => {
  if (person.value === null) throw new Error("nobody is signed in");
  return person.value;
});

export function isSignedIn(): boolean {
  return state.value === "in";
}

/** Of several permissions one is enough. */
export function may(needed: Permission | readonly Permission[]): boolean {
  return [needed].flat().some((permission) => person.value?.permissions.includes(permission));
}

export function adopt(who: MeOut): void {
  carryToken(who.csrf);
  person.value = who;
  learnTitles(who.channels);
  expired.value = false;
  state.value = "in";
}

export async function restoreSession(): Promise<void> {
  unreachable.value = false;
  await asking(hub.me(), adopt, ({ status }) => {
    if (status === 401) state.value = "out";
    else unreachable.value = true;
  });
}

export async function signIn(credentials: CredentialsIn): Promise<void> {
  begin(await hub.signIn(credentials));
}

export async function signInByPasskey(answer: PasskeyAnswer): Promise<void> {
  begin(await hub.enterByPasskey(answer));
}

function begin(who: MeOut): void {
  asking.drop();
  clearDrafts(who.login);
  adopt(who);
}

/** Sign-out has been asked for: whoever comes next finds nothing of this person. */
export async function signOut(): Promise<void> {
  await finish();
  abandon();
  await hub.signOut().catch(() => {});
  endSession();
}

export function endSession(): void {
  asking.drop();
  clearDrafts();
  sessionStorage.clear();
  person.value = null;
  expired.value = false;
  state.value = "out";
}

export function expire(): void {
  if (state.value !== "in") return;
  expired.value = true;
  state.value = "out";
}

whenSessionIsLost(expire);

export function titleOf(kind: "all_queues" | "all_topics", id: string): string {
  return person.value?.[kind].find((named) => named.id === id)?.title ?? id;
}
/** Lines that something may still be given to, and those of `chosen` that were closed since. */
export const openQueues = (chosen: readonly string[] = []): MeOut["all_queues"] => (person.value?.all_queues ?? []).filter(({ id, closed }) => !closed || chosen.includes(id));
export const queueTitle = (id: string): string => titleOf("all_queues", id);
export const topicTitle = (id: string): string => titleOf("all_topics", id);
