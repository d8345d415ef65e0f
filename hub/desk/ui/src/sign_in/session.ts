/** Who sits at this desk. */

import * as api from "./api";
import { setCsrfToken, leaveWith, onSessionLost, startAnew } from "@/api/request";
import type { CredentialsIn, MeOut, PasskeyAnswer, Permission } from "@/api/types";
import { clearDrafts } from "@/conversations/composer/drafts";
import { latest } from "@/api/latest";
import { setTitles } from "@/conversations/channelTitles";
import { computed, shallowRef } from "vue";
import { toast } from "@/ui/toasts";
import { forgetStores } from "@/ui/stores";

type State = "unknown" | "out" | "in";

export const state = shallowRef<State>("unknown");
/** The session ended by itself: drafts are kept for the same person to come back to. */
export const expired = shallowRef(false);
/** The hub could not be asked who is signed in. */
export const unreachable = shallowRef(false);
const person = shallowRef<MeOut | null>(null);
const latestRequest = latest();

/** What may come of leaving, to be said afterwards. */
type SignOutListener = () => Promise<string | void>;
const partings: SignOutListener[] = [];

/** What is done before somebody signs out. */
export const onSignOut = (react: SignOutListener): void => void partings.push(react);

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
  setCsrfToken(who.csrf);
  person.value = who;
  setTitles(who.channels);
  expired.value = false;
  state.value = "in";
}

export async function restoreSession(): Promise<void> {
  unreachable.value = false;
  await latestRequest(api.me(), adopt, ({ status }) => {
    if (status === 401) state.value = "out";
    else unreachable.value = true;
  });
}

export async function signIn(credentials: CredentialsIn): Promise<void> {
  begin(await api.signIn(credentials));
}

export async function signInByPasskey(answer: PasskeyAnswer): Promise<void> {
  begin(await api.signInByPasskey(answer));
}

function begin(who: MeOut): void {
  latestRequest.drop();
  forgetStores();
  clearDrafts(who.login);
  adopt(who);
}

/** Sign-out has been asked for: whoever comes next finds nothing of this person. */
export async function signOut(): Promise<void> {
  const said = await Promise.all(partings.map((react) => react()));
  const leaving = person.value;
  await leaveWith(api.signOut);
  if (person.value === leaving) endSession(); // else the hub told of it before it answered
  for (const text of said) if (text) toast(text, { tone: "bad" });
}

export function endSession(): void {
  startAnew();
  latestRequest.drop();
  clearDrafts();
  sessionStorage.clear();
  person.value = null;
  expired.value = false;
  forgetStores();
  state.value = "out";
}

export function expire(): void {
  if (state.value !== "in") return;
  expired.value = true;
  forgetStores();
  state.value = "out";
}

onSessionLost(expire);

export function titleOf(kind: "all_queues" | "all_topics", id: string): string {
  return person.value?.[kind].find((named) => named.id === id)?.title ?? id;
}
/** Lines that something may still be given to, and those of `chosen` that were closed since. */
export const openQueues = (chosen: readonly string[] = []): MeOut["all_queues"] => (person.value?.all_queues ?? []).filter(({ id, closed }) => !closed || chosen.includes(id));
export const queueTitle = (id: string): string => titleOf("all_queues", id);
export const topicTitle = (id: string): string => titleOf("all_topics", id);
