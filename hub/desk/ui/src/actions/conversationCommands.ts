/** What an operator does with a conversation: each asks the hub and shows what came of it. */

import * as api from "./api";
import * as citizensApi from "@/citizens/api";
import * as conversationsApi from "@/conversations/api";
import * as telephonyApi from "@/telephony/api";
import { Refused } from "@/api/request";
import type { FieldForm, ArrangeIn, ConsultIn, ListenIn, MacroIn, Outcome, MergedOut, PassIn, PlaceIn, PromiseIn, RelayIn, ReleaseIn, SnoozeIn, TransferIn } from "@/api/types";
import { offerEnds } from "@/live/attention";
import { dropDrafts } from "@/conversations/composer/drafts";
import { conversationsIn, patchConversation, knownConversations, moment, removeConversation } from "@/conversations/inbox";
import { deskOutbox } from "@/conversations/composer/deskOutbox";
import { succeeds } from "@/ui/problems";
import { toast } from "@/ui/toasts";
import { setBusy, offers, removeOffer } from "@/dispatch/offers";
import * as phone from "@/telephony/phone";
import { fromHere, go, route } from "@/shell/route";
import { me } from "@/sign_in/session";
import { opensNext } from "@/shell/preferences";
import { overlay, requestComposer } from "@/shell/overlay";
import * as timeline from "@/conversations/timeline";
import { mandatoryAhead, scriptRuns } from "./scriptRuns";
import { uniqueKey } from "@/api/uniqueKey";
import { words } from "@/words";

async function takeUp(id: string, ask: () => Promise<Parameters<typeof timeline.unfold>[1]>): Promise<void> {
  const at = moment();
  const answer = await ask();
  go({ screen: "inbox", view: "mine", id });
  await timeline.show(id);
  timeline.unfold(id, answer, at);
  requestComposer("reply");
}

export async function accept(id: string): Promise<void> {
  phone.expectCall(id);
  setBusy(id, true);
  const done = await succeeds(() => takeUp(id, () => conversationsApi.accept(id)));
  if (done) removeOffer(id);
  else setBusy(id, false);
  offerEnds();
}

/** Lift the receiver: what rings for an offer is accepted by that. */
export function answerCall(): void {
  const id = phone.currentCall.value?.conversation ?? "";
  phone.answer();
  if (offers.some(({ conversation }) => conversation.id === id)) void accept(id);
}

export async function reject(id: string): Promise<void> {
  setBusy(id, true);
  const done = await succeeds(async () => void (await conversationsApi.reject(id)));
  if (done) removeOffer(id);
  else setBusy(id, false);
  offerEnds();
}

/** The oldest offer is the one a shortcut means. */
export const oldestOffer = (): string | undefined => offers.find((offer) => !offer.busy)?.conversation.id;

export const reopen = (id: string): Promise<boolean> => succeeds(() => takeUp(id, () => conversationsApi.reopen(id)));

export const take = (id: string): Promise<boolean> => succeeds(() => takeUp(id, () => conversationsApi.take(id)));

export const transfer = (id: string, to: TransferIn): Promise<boolean> => leaveAfter(id, "transfer.done", () => conversationsApi.transfer(id, to));

/** It stays mine, its clocks go on, and it comes back by itself. */
export async function snooze(id: string, what: SnoozeIn): Promise<boolean> {
  const { t } = words.global;
  const leadOn = fromHere();
  return succeeds(async () => {
    await conversationsApi.snooze(id, what);
    patchConversation(id, { snoozed: { until: what.until ?? null, why: what.why ?? "" } });
    toast(t("snooze.done"), { undo: () => void endSnooze(id) });
    const here = route.value;
    if (here?.screen === "inbox" && here.view === "mine" && here.id === id) leadOn({ ...here, id: "" });
  });
}

export const endSnooze = (id: string): Promise<boolean> =>
  succeeds(async () => {
    await conversationsApi.endSnooze(id);
    patchConversation(id, { snoozed: null });
  });

/** Its new words and its end are told from now on. */
export const follow = (id: string): Promise<boolean> =>
  succeeds(async () => {
    await conversationsApi.follow(id);
    timeline.patch(id, { followed: "none" });
    toast(words.global.t("follow.done"), { undo: () => void unfollow(id) });
  });

export const unfollow = (id: string): Promise<boolean> =>
  succeeds(async () => {
    await conversationsApi.unfollow(id);
    timeline.patch(id, { followed: null });
  });

/** How it is recorded then comes back by the live line. */
export const pauseRecording = (id: string, paused: boolean): Promise<boolean> =>
  succeeds(async () => void (await conversationsApi.pauseRecording(id, { paused })));

/** The place comes back by the live line. */
export const setPlace = (id: string, where: PlaceIn): Promise<boolean> => succeeds(async () => void (await api.setPlace(id, where)));

export const handOver = (id: string, how: PassIn): Promise<boolean> => leaveAfter(id, "transfer.done", () => api.handOver(id, how));

/** Gives what another centre has handed over back to it. */
export const giveBack = (id: string, note: string): Promise<boolean> => leaveAfter(id, "pass.gaveBack", () => api.giveBack(id, { note }));

/** Asks another centre for it; whether it comes back, or stays, is told by the live line. */
export const takeBack = (id: string): Promise<boolean> =>
  succeeds(async () => {
    await api.takeBack(id);
    toast(words.global.t("pass.asked"));
  });

/** Hands the matter to a department's own call centre; the answer stays owed here. */
export const relay = (id: string, matter: RelayIn): Promise<boolean> => leaveAfter(id, "pass.relayed", () => api.relay(id, matter));

export const close = (id: string, topic: string, why = "", answers: Record<string, string> = {}): Promise<boolean> =>
  leaveAfter(id, "close.done", () => conversationsApi.close(id, { topic, why, answers }));

/** What the centre asks for when a conversation is closed under a topic. */
export const closingForm = (topic: string): FieldForm[] => me.value.closing_fields.filter(({ topics = [] }) => topics.length === 0 || topics.includes(topic));

/** Closes it under the topic that is known; where there is none, where the centre has a form for it, or mandatory steps of a script are ahead, the dialog asks. */
export function finish(id: string): void {
  const topic = knownConversations.get(id)?.topic ?? "";
  const ahead = scriptRuns.conversation === id && mandatoryAhead(scriptRuns.walks).length > 0;
  if (ahead || closingForm(topic).length > 0 || !me.value.all_topics.some((each) => each.id === topic)) overlay.value = "close";
  else void close(id, topic);
}

/** All of a macro, or nothing of it; where it has an end it `leaves`. */
export const runMacro = (id: string, what: MacroIn, leaves: boolean): Promise<boolean> => leaveAfter(id, "macro.done", () => api.runMacro(id, what), leaves);

export const promise = (id: string, what: PromiseIn): Promise<boolean> => leaveAfter(id, "promise.done", () => api.promise(id, what));

export const attempt = (id: string, outcome: Outcome): Promise<boolean> => leaveAfter(id, "keep.tried", () => api.recordAttempt(id, { outcome }));

/** His own telephone rings first. In quiet hours he is asked whether it is urgent. */
export async function call(id: string, urgent = false): Promise<boolean> {
  const { t } = words.global;
  phone.expectCall(id);
  return succeeds(async () => {
    try {
      await api.call(id, { key: uniqueKey(), urgent });
      toast(t("call.begun"));
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "quiet_hours") throw error;
      overlay.value = "call";
    }
  });
}

/** The citizen waits meanwhile; what becomes of it comes by the live line. */
export const consult = (id: string, whom: Omit<ConsultIn, "key">): Promise<boolean> =>
  succeeds(async () => void (await telephonyApi.consult(id, { ...whom, key: uniqueKey() })));

export async function arrange(id: string, company: ArrangeIn["company"]): Promise<boolean> {
  return succeeds(async () => void (await telephonyApi.arrange(id, { company })));
}

/** Whoever does not take part yet is called at his telephone first. */
export async function listen(id: string, mode: ListenIn["mode"]): Promise<boolean> {
  const { t } = words.global;
  const there = knownConversations.get(id)?.listeners.some(({ login }) => login === me.value.login) === true;
  if (mode !== "off" && !there) toast(t("people.pickUp"));
  return succeeds(async () => void (await telephonyApi.listen(id, { mode })));
}

export const requestSupervisor = (id: string, asked: boolean): Promise<boolean> => succeeds(async () => void (await telephonyApi.askSenior(id, asked)));

/** The talk goes on until it is closed. */
export async function keepPromise(id: string, key: string, text: string): Promise<boolean> {
  const { t } = words.global;
  return succeeds(async () => {
    await api.keepPromise(id, { key, text });
    toast(t("keep.done"));
  });
}

export async function withdrawPromise(id: string, note: string): Promise<boolean> {
  const { t } = words.global;
  return succeeds(async () => {
    await api.withdrawPromise(id, { note });
    toast(t("keep.withdrawn"));
  });
}

/** A file that could not be checked, on my own responsibility; that it opens comes by the live line. */
export const release = (id: string, what: ReleaseIn): Promise<boolean> => succeeds(async () => void (await conversationsApi.release(id, what)));

/** The other one goes on in it: its row changes by the live line, and so does the timeline. */
export async function merge(id: string, other: Pick<MergedOut, "id">): Promise<boolean> {
  const leadOn = fromHere();
  return succeeds(async () => {
    await citizensApi.merge(id, other.id);
    toast(words.global.t("merge.done"), { undo: () => void unmerge(id, other) });
    const here = route.value;
    if (here?.screen === "inbox" && here.id !== id) leadOn({ ...here, id });
  });
}

/** As it was before. */
export async function unmerge(id: string, other: Pick<MergedOut, "id"> | undefined): Promise<boolean> {
  if (other === undefined) return false;
  return succeeds(async () => {
    await citizensApi.unmerge(id, other.id);
    toast(words.global.t("merge.parted"));
  });
}

/** It leaves my hands by this: replies that could still be taken back go first, and as long as they cannot it stays. */
async function leaveAfter(id: string, done: string, deed: () => Promise<unknown>, leaves = true): Promise<boolean> {
  const { t } = words.global;
  const leadOn = fromHere();
  const ways = [id, ...(knownConversations.get(id)?.parts ?? []).map((each) => each.id)];
  if ((await Promise.all(ways.map((each) => deskOutbox.hurry(each)))).includes(false)) {
    toast(t("unsend.stuck"), { tone: "bad" });
    return false;
  }
  return succeeds(async () => {
    await deed();
    toast(t(done));
    if (leaves) movedOn(id, leadOn);
  });
}

/** It has left my hands: my list is shown without it, and the next one is opened where that is wanted; other views hear of it by the live line. */
function movedOn(id: string, leadOn: typeof go): void {
  dropDrafts(me.value.login, id);
  const here = route.value;
  if (here?.screen !== "inbox" || here.view !== "mine") {
    void timeline.renew();
    return;
  }
  const rows = conversationsIn("mine");
  const at = rows.findIndex((row) => row.id === id);
  removeConversation(id);
  if (here.id === id) leadOn({ ...here, id: opensNext.value ? ((rows[at + 1] ?? rows[at - 1])?.id ?? "") : "" });
}
