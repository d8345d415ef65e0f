/** Everything that can be done by a key or from the command bar, in one table. */

import { succeeds } from "@/ui/problems";
import { accept, arrange, follow, requestSupervisor, endSnooze, call, oldestOffer, listen, unmerge, answerCall, reject, reopen, take, takeBack, unfollow } from "@/actions/conversationCommands";
import { type Stroke, matchesStroke, typing } from "./keys";
import { strokeOf } from "./keymap";
import { acknowledge, firstUnacknowledged } from "@/monitoring/alarms";
import { canned } from "@/actions/cannedReplies";
import { select, selected, canSelect } from "@/actions/selection";
import { requestFiles } from "@/conversations/composer/attachments";
import { conversationsIn } from "@/conversations/inbox";
import { preview } from "@/actions/macros";
import { deskOutbox } from "@/conversations/composer/deskOutbox";
import * as phone from "@/telephony/phone";
import { answeredByKey, isFollowUp } from "@/dispatch/offers";
import { setPresence, PRESENCES } from "@/dispatch/presence";
import { destinations } from "./navigation";
import { go, route } from "./route";
import { toggleGuide } from "./guide";
import { focusSearch, overlay, requestComposer } from "./overlay";
import { signOut, may, me } from "@/sign_in/session";
import { conversation, open } from "@/conversations/timeline";
import { unsend } from "@/conversations/composer/unsend";
import { type PermittedCommands, permittedCommands } from "@/conversations/views";
import * as walks from "@/actions/scriptRuns";

export interface Action {
  /** Its words are `action.<name>`, or those of `title`. */
  name: string;
  title?: string;
  /** Its own words, in whatever language somebody has given it. */
  own?: string;
  group: "conversation" | "macro" | "script" | "offer" | "call" | "view" | "presence" | "desk";
  stroke?: Stroke | undefined;
  possible(): boolean;
  run(): void;
}

const always = (): boolean => true;

function can(deed: keyof PermittedCommands): boolean {
  const head = conversation.value;
  return head !== null && open.state !== "none" && permittedCommands(head, me.value)[deed];
}

function step(by: 1 | -1): void {
  const here = route.value;
  if (here?.screen !== "inbox") return;
  const rows = conversationsIn(here.view);
  const at = rows.findIndex(({ id }) => id === here.id);
  const next = rows[at < 0 ? (by === 1 ? 0 : rows.length - 1) : at + by];
  if (next !== undefined) go({ ...here, id: next.id });
}

/** The row of the list that has the focus, or else the conversation that is open. */
const pointed = (): string => document.activeElement?.closest<HTMLElement>("[data-row]")?.dataset["row"] ?? open.id;

/** Those who were chosen are meant, not the one that is open. */
const many = (): boolean => canSelect() && selected.value.length > 0;

/** A script was begun in the open conversation. */
const led = (): boolean => walks.scriptRuns.conversation === open.id && walks.current() !== undefined;

const atInbox = (): boolean => route.value?.screen === "inbox";

const FIXED: readonly Action[] = [
  { name: "next", group: "conversation", possible: atInbox, run: () => step(1) },
  { name: "previous", group: "conversation", possible: atInbox, run: () => step(-1) },
  {
    name: "reply",
    group: "conversation",
    possible: () => can("reply"),
    run: () => requestComposer("reply"),
  },
  {
    name: "note",
    group: "conversation",
    possible: () => can("note"),
    run: () => requestComposer("note"),
  },
  { name: "enclose", group: "conversation", possible: () => overlay.value === null && can("note"), run: requestFiles },
  { name: "choose", group: "conversation", possible: () => canSelect() && pointed() !== "", run: () => select(pointed()) },
  {
    name: "transfer",
    group: "conversation",
    possible: () => many() || can("moveOn"),
    run: () => void (overlay.value = many() ? "rearrange" : "transfer"),
  },
  {
    name: "pass",
    group: "conversation",
    possible: () => me.value.passes && can("moveOn"),
    run: () => void (overlay.value = "pass"),
  },
  { name: "takeBack", group: "conversation", possible: () => can("takeBack"), run: () => void takeBack(open.id) },
  {
    name: "close",
    group: "conversation",
    possible: () => can("close"),
    run: () => void (overlay.value = "close"),
  },
  {
    name: "snooze",
    group: "conversation",
    possible: () => can("snooze"),
    run: () => (conversation.value?.snoozed ? void endSnooze(open.id) : void (overlay.value = "snooze")),
  },
  {
    name: "follow",
    group: "conversation",
    possible: () => open.state === "open" && conversation.value !== null,
    run: () => void (conversation.value?.followed === null ? follow : unfollow)(open.id),
  },
  { name: "merge", group: "conversation", possible: () => can("merge"), run: () => void (overlay.value = "merge") },
  {
    name: "part",
    group: "conversation",
    possible: () => can("merge") && (conversation.value?.parts.length ?? 0) > 0,
    run: () => void unmerge(open.id, conversation.value?.parts.at(-1)),
  },
  {
    name: "unsend",
    group: "conversation",
    possible: () => overlay.value === null && deskOutbox.newest() !== undefined,
    run: unsend,
  },
  { name: "promise", group: "conversation", possible: () => can("promise"), run: () => void (overlay.value = "promise") },
  { name: "keep", group: "conversation", possible: () => can("keep"), run: () => void (overlay.value = "keep") },
  { name: "call", group: "conversation", possible: () => can("call"), run: () => void call(open.id) },
  {
    name: "consult",
    group: "conversation",
    possible: () => can("consult") && conversation.value?.company === null,
    run: () => void (overlay.value = "consult"),
  },
  {
    name: "back",
    group: "conversation",
    possible: () => can("consult") && conversation.value?.company !== null,
    run: () => void arrange(open.id, "back"),
  },
  {
    name: "together",
    group: "conversation",
    possible: () => can("consult") && conversation.value?.company?.company === "aside",
    run: () => void arrange(open.id, "together"),
  },
  {
    name: "handOver",
    group: "conversation",
    possible: () => can("consult") && ["aside", "together"].includes(conversation.value?.company?.company ?? ""),
    run: () => void arrange(open.id, "passed"),
  },
  {
    name: "senior",
    group: "conversation",
    possible: () => can("consult"),
    run: () => void requestSupervisor(open.id, conversation.value?.senior_asked !== true),
  },
  {
    name: "listen",
    group: "conversation",
    possible: () => can("listen"),
    run: () => void listen(open.id, "listen"),
  },
  {
    name: "script",
    group: "script",
    possible: () => can("moveOn"),
    run: () => void (overlay.value = "script"),
  },
  { name: "rights", group: "script", possible: led, run: () => void walks.toggleCard("rights", can("moveOn")) },
  { name: "appeal", group: "script", possible: led, run: () => void walks.toggleCard("appeal", can("moveOn")) },
  { name: "phrases", group: "script", possible: led, run: () => void walks.toggleCard("phrases", false) },
  { name: "stepBack", group: "script", possible: () => led() && can("moveOn"), run: () => void walks.back() },
  { name: "take", group: "conversation", possible: () => can("take"), run: () => void take(open.id) },
  { name: "reopen", group: "conversation", possible: () => can("reopen"), run: () => void reopen(open.id) },
  {
    name: "accept",
    group: "offer",
    possible: () => phone.isRinging() || oldestOffer() !== undefined,
    run: () => {
      answeredByKey();
      if (phone.isRinging()) answerCall();
      else void accept(oldestOffer() ?? "");
    },
  },
  {
    name: "reject",
    group: "offer",
    possible: () => phone.isRinging() || oldestOffer() !== undefined,
    run: () => {
      answeredByKey();
      if (oldestOffer() === undefined) phone.hangUp();
      else void reject(oldestOffer() ?? "");
    },
  },
  {
    name: "mute",
    group: "call",
    possible: phone.isTalking,
    run: () => phone.mute(!phone.currentCall.value?.muted),
  },
  {
    name: "hold",
    group: "call",
    possible: phone.isTalking,
    run: () => phone.hold(!phone.currentCall.value?.held),
  },
  { name: "pad", group: "call", possible: phone.isTalking, run: () => void (phone.digitPad.value = true) },
  { name: "hangUp", group: "call", possible: () => phone.currentCall.value !== null, run: phone.hangUp },
  { name: "phone", group: "call", possible: () => phone.hasPhone.value, run: () => void (overlay.value = "phone") },
  { name: "acknowledge", group: "desk", possible: () => firstUnacknowledged() !== undefined, run: () => void succeeds(() => acknowledge(firstUnacknowledged()?.id ?? "")) },
  { name: "alarms", group: "desk", possible: () => may("see_wallboard") && may("see_all"), run: () => go({ screen: "floor", id: "alarms", item: "" }) },
  { name: "contact", group: "desk", possible: () => may("work_cases"), run: () => void (overlay.value = "contact") },
  { name: "search", group: "desk", possible: always, run: focusSearch },
  {
    name: "commands",
    group: "desk",
    possible: always,
    run: () => void (overlay.value = overlay.value === "commands" ? null : "commands"),
  },
  {
    name: "help",
    group: "desk",
    possible: always,
    run: () => void (overlay.value = "help"),
  },
  {
    name: "guide",
    group: "desk",
    possible: () => overlay.value === null || overlay.value === "commands",
    run: toggleGuide,
  },
  { name: "settings", group: "desk", possible: always, run: () => void (overlay.value = "settings") },
  { name: "security", group: "desk", possible: always, run: () => go({ screen: "security" }) },
  { name: "password", group: "desk", possible: always, run: () => go({ screen: "password" }) },
  { name: "signOut", group: "desk", possible: always, run: () => void signOut() },
];

const views = (): Action[] =>
  destinations().map(({ part, name, words, route: to }) => ({ name: `${part === "talks" ? "view" : "screen"}.${name}`, title: words, group: "view", possible: always, run: () => go(to) }));

function presences(): Action[] {
  if (!may("serve")) return [];
  return PRESENCES.map((presence) => ({
    name: `presence.${presence}`,
    title: `presence.${presence}`,
    group: "presence",
    possible: () => me.value.presence !== presence,
    run: () => void setPresence(presence),
  }));
}

/** Those that one may run in what is open here. */
function macros(): Action[] {
  if (!can("reply")) return [];
  return (canned.rows ?? []).filter(({ macro }) => macro).map((one) => ({ name: `macro.${one.id}`, own: one.title, group: "macro", possible: always, run: () => preview(one) }));
}

/** What may be given a key, with the one that it has. Keys of the telephone are for whoever has one. */
export const bindable = (): Action[] =>
  FIXED.filter(({ group }) => group !== "call" || phone.hasPhone.value).map((action) => Object.assign({}, action, { stroke: strokeOf(action.name) }));

export const strokes = (): Action[] => bindable().filter(({ stroke }) => stroke !== undefined);

const isEmptyText = (target: EventTarget | null): boolean => typing(target) && target instanceof HTMLTextAreaElement && target.value === "";

/** Keys of an offer that work in a text, too: with Alt, and alone in an empty answer directly after one of them: A A A is no answer. */
export function offerKey(event: KeyboardEvent): Action | undefined {
  const follows = isFollowUp() && isEmptyText(event.target);
  return strokes().find(({ group, stroke, possible }) => group === "offer" && stroke && ((matchesStroke(stroke, event, true) && possible()) || (follows && matchesStroke(stroke, event))));
}

/** Digits answer the step of a script; they are no commands, since they mean something else at each step. */
export const answers: readonly Action[] = Array.from({ length: 9 }, (_, index) => ({
  name: "answer",
  group: "script",
  stroke: { code: `Digit${index + 1}` },
  possible: () => led() && can("moveOn"),
  run: () => void walks.answer(index + 1),
}));

export function commands(): Action[] {
  return [...bindable(), ...macros(), ...views(), ...presences()].filter(({ name, possible }) => name !== "commands" && possible());
}
