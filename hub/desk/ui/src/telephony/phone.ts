/**
 * The operator's telephone in the browser, as the desk shows it. What speaks SIP (userAgents.ts) is loaded only where the hub gives such a
 * telephone, and in one window at a time: a second one would take the calls of the first.
 */

import * as api from "./api";
import { hubNow } from "@/api/request";
import { known } from "@/conversations/inbox";
import { announceUrgently } from "@/ui/toasts";
import { setPresence } from "@/dispatch/presence";
import { isSignedIn, me } from "@/sign_in/session";
import type { Line, Talk, Trouble } from "./talk";
import type { Agents } from "./userAgents";
import { words } from "@/words";
import { computed, watch } from "vue";
import { storeMap, storeRef, whenForgotten } from "@/ui/stores";

/** Whether this operator has a telephone here at all. */
export const equipped = storeRef(false);
/** It is in another window of this browser. */
export const elsewhere = storeRef(false);
export const lines = storeMap<string, Line>();
export const talk = storeRef<Talk | null>(null);
/** The keys for digits are shown. */
export const pad = storeRef(false);
export const trouble = storeRef<Trouble | null>(null);

const LOCK = "okno.phone";

/** The conversation whose call he has hung up: if it rings again, he is not taken back into it without being asked. */
let putDown = "";

let agents: Agents | null = null;
let opening: AbortController | null = null;

/** As one word for all exchanges: `some` is when calls come over some of them only. */
export const state = computed<Line | "some" | "elsewhere" | "insecure">(() => {
  if (trouble.value === "insecure") return "insecure";
  if (elsewhere.value) return "elsewhere";
  const all = [...lines.values()];
  if (all.every((line) => line === "ready")) return all.length > 0 ? "ready" : "connecting";
  if (all.includes("ready")) return "some";
  return all.includes("refused") ? "refused" : (all.find((line) => line === "connecting") ?? "lost");
});

/** Ask the hub for a telephone, and sign in with it; asked for again it does nothing. */
export async function open(): Promise<void> {
  if (opening !== null) return;
  const ours = new AbortController();
  opening = ours;
  try {
    const phone = await api.phone();
    if (phone === null || ours.signal.aborted) return;
    equipped.value = true;
    // Without TLS a browser gives no microphone: what is signed in would ring and could not be answered.
    if (!isSecureContext) {
      trouble.value = "insecure";
      return;
    }
    const { Agents } = await import("./userAgents");
    await alone(ours.signal, async () => {
      agents = new Agents(phone, {
        line: (server, how) => void lines.set(server, how),
        talk: (now) => void (talk.value = now),
        trouble: (what) => void (trouble.value = what),
        now: hubNow,
      });
      await new Promise((over) => ours.signal.addEventListener("abort", over));
      agents.close();
      agents = null;
    });
  } catch (error) {
    // The line to the hub is down, or it is closed already: the next connection asks again.
    if (opening === ours) opening = null;
    if (!ours.signal.aborted && !(error instanceof Error && error.name === "Refused")) throw error;
  }
}

/** Sign out: a call that goes on ends. */
export function close(): void {
  opening?.abort();
  opening = null;
  equipped.value = false;
  elsewhere.value = false;
  trouble.value = null;
  talk.value = null;
  lines.clear();
  putDown = "";
}

whenForgotten(close);

/** Do it as the only window, as soon as no other one does. */
async function alone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const begun = await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock === null) return false;
    await work();
    return true;
  });
  if (begun || signal.aborted) return;
  elsewhere.value = true;
  await navigator.locks.request(LOCK, { signal }, async () => {
    elsewhere.value = false;
    await work();
  });
}

export const rings = (): boolean => talk.value?.stage === "rings";
export const talks = (): boolean => talk.value?.stage === "talks";

export function answer(): void {
  expect(talk.value?.conversation ?? "");
  agents?.answer();
}

export function hangUp(): void {
  putDown = talk.value?.conversation ?? "";
  agents?.hangUp();
}

/** The operator wishes to talk in this conversation: by accepting it, or by calling its citizen. */
export function expect(conversation: string): void {
  if (putDown === conversation) putDown = "";
}

export function mute(yes: boolean): void {
  agents?.mute(yes);
}

export function hold(yes: boolean): void {
  agents?.hold(yes);
}

export function press(key: string): void {
  agents?.press(key);
}

/** Let the operator hear how the telephone rings. */
export function tryRing(): void {
  agents?.tryRing();
}

// A call that came while the telephone was away counts as refused: he is there again, and may be asked again.
watch(state, (now) => {
  if (now === "ready" && isSignedIn() && me.value.presence === "ready") void setPresence("ready").catch(() => {});
});

const isMine = (conversation: string): boolean => {
  if (conversation === putDown) return false;
  const holder = known.get(conversation)?.holder;
  return holder?.kind === "operator" && holder.operator === me.value.login;
};

// What its operator has accepted, or calls himself, is taken up at once; everything else rings.
watch(
  () => talk.value?.stage === "rings" && (isMine(talk.value.conversation) ? "mine" : "rings"),
  (now) => {
    agents?.ring(now === "rings");
    if (now === "mine") answer();
    if (now === "rings") announceUrgently(words.global.t("phone.spoken"));
  },
);
