/**
 * The operator's telephone in the browser, as the desk shows it. What speaks SIP (userAgents.ts) is loaded only where the hub gives such a
 * telephone, and in one window at a time: a second one would take the calls of the first.
 */

import * as api from "./api";
import { hubNow } from "@/api/request";
import { knownConversations } from "@/conversations/inbox";
import { announceUrgently } from "@/ui/toasts";
import { setPresence } from "@/dispatch/presence";
import { isSignedIn, me } from "@/sign_in/session";
import type { Registration, PhoneCall, PhoneProblem } from "./phoneCall";
import type { Agents } from "./userAgents";
import { words } from "@/words";
import { computed, watch } from "vue";
import { storeMap, storeRef, onForget } from "@/ui/stores";

/** Whether this operator has a telephone here at all. */
export const hasPhone = storeRef(false);
/** It is in another window of this browser. */
export const usedElsewhere = storeRef(false);
export const lines = storeMap<string, Registration>();
export const currentCall = storeRef<PhoneCall | null>(null);
/** The keys for digits are shown. */
export const digitPad = storeRef(false);
export const phoneProblem = storeRef<PhoneProblem | null>(null);

const LOCK = "okno.phone";

/** The conversation whose call he has hung up: if it rings again, he is not taken back into it without being asked. */
let putDown = "";

let agents: Agents | null = null;
let opening: AbortController | null = null;

/** As one word for all exchanges: `some` is when calls come over some of them only. */
export const state = computed<Registration | "some" | "elsewhere" | "insecure">(() => {
  if (phoneProblem.value === "insecure") return "insecure";
  if (usedElsewhere.value) return "elsewhere";
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
    hasPhone.value = true;
    // Without TLS a browser gives no microphone: what is signed in would ring and could not be answered.
    if (!isSecureContext) {
      phoneProblem.value = "insecure";
      return;
    }
    const { Agents } = await import("./userAgents");
    await alone(ours.signal, async () => {
      agents = new Agents(phone, {
        line: (server, how) => void lines.set(server, how),
        talk: (now) => void (currentCall.value = now),
        trouble: (what) => void (phoneProblem.value = what),
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
  hasPhone.value = false;
  usedElsewhere.value = false;
  phoneProblem.value = null;
  currentCall.value = null;
  lines.clear();
  putDown = "";
}

onForget(close);

/** Do it as the only window, as soon as no other one does. */
async function alone(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const begun = await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock === null) return false;
    await work();
    return true;
  });
  if (begun || signal.aborted) return;
  usedElsewhere.value = true;
  await navigator.locks.request(LOCK, { signal }, async () => {
    usedElsewhere.value = false;
    await work();
  });
}

export const isRinging = (): boolean => currentCall.value?.stage === "rings";
export const isTalking = (): boolean => currentCall.value?.stage === "talks";

export function answer(): void {
  expectCall(currentCall.value?.conversation ?? "");
  agents?.answer();
}

export function hangUp(): void {
  putDown = currentCall.value?.conversation ?? "";
  agents?.hangUp();
}

/** The operator wishes to talk in this conversation: by accepting it, or by calling its citizen. */
export function expectCall(conversation: string): void {
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
export function testRing(): void {
  agents?.tryRing();
}

// A call that came while the telephone was away counts as refused: he is there again, and may be asked again.
watch(state, (now) => {
  if (now === "ready" && isSignedIn() && me.value.presence === "ready") void setPresence("ready").catch(() => {});
});

const isMine = (conversation: string): boolean => {
  if (conversation === putDown) return false;
  const holder = knownConversations.get(conversation)?.holder;
  return holder?.kind === "operator" && holder.operator === me.value.login;
};

// What its operator has accepted, or calls himself, is taken up at once; everything else rings.
watch(
  () => currentCall.value?.stage === "rings" && (isMine(currentCall.value.conversation) ? "mine" : "rings"),
  (now) => {
    agents?.ring(now === "rings");
    if (now === "mine") answer();
    if (now === "rings") announceUrgently(words.global.t("phone.spoken"));
  },
);
