/** What the hub tells over the live line, and what each frame changes here. */

import type { ConversationOut, ToDesk } from "@/api/types";
import { LiveSocket } from "./socket";
import { hubNow } from "@/api/request";
import * as advice from "@/cases/recommendations";
import * as board from "@/notifications/announcements";
import * as appointments from "@/appointments/appointments";
import * as cases from "@/cases/cases";
import * as channels from "@/monitoring/channels";
import * as complaints from "@/cases/complaints";
import * as floor from "@/monitoring/floor";
import * as handbook from "@/knowledge/handbook";
import * as inbox from "@/conversations/inbox";
import * as listed from "./lists";
import * as outreach from "@/notifications/notices";
import * as looking from "@/conversations/viewers";
import { onStopped } from "@/conversations/composer/laterReply";
import { onAssignedLessonDone } from "@/quality/coaching";
import { onFollowNews } from "@/conversations/follows";
import * as mentions from "@/conversations/mentions";
import * as near from "@/cases/dueSoon";
import { looked, tell } from "@/notifications/alerts";
import { deskOutbox } from "@/conversations/composer/deskOutbox";
import { announceAlarm, announceSnoozeEnd, announceEntry, announceOffer, announceOfferGone, announceSupervisorRequest, announceStage, announceTransfer, announceWait, offerEnds } from "./attention";
import { addOffer, offers, prolong, removeOffer, writes } from "@/dispatch/offers";
import { invalidate } from "@/reporting/dayFigures";
import { breakGlass } from "@/access/breakGlass";
import { supervisorRequests, supervisorRequested, requestWithdrawn } from "@/telephony/supervisorRequests";
import * as phone from "@/telephony/phone";
import * as person from "@/citizens/identity";
import * as referrals from "@/cases/referrals";
import * as rights from "@/privacy/subjectRights";
import * as walks from "@/actions/scriptRuns";
import { onPresenceChanged, renewPresence } from "@/dispatch/presence";
import { endSession, may, me, restoreSession } from "@/sign_in/session";
import { route } from "@/shell/route";
import * as robot from "@/robot/dialogueVersions";
import * as phraseGroups from "@/robot/phraseGroups";
import * as timeline from "@/conversations/timeline";
import { toast } from "@/ui/toasts";
import { shallowRef } from "vue";

export const connected = shallowRef(true);

let socket: LiveSocket | null = null;
let typedAt = 0;
let wroteAt = 0;
let toldSeen = "";
const TYPING_EVERY_MS = 3000;

export function connect(): void {
  const { protocol, host } = location;
  socket = new LiveSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}/api/socket`, {
    frame: heard,
    connected: (yes) => {
      connected.value = yes;
    },
    // A refused line may mean an ended session: asking who is signed in tells.
    refused: () => void restoreSession(),
  });
  floor.whenShown((on) => socket?.send({ type: "floor", on }), () => socket?.comeBack());
  document.addEventListener("visibilitychange", tellShown);
  timeline.onViewed((conversation) => socket?.send({ type: "watch", conversation }));
}

export function disconnect(): void {
  document.removeEventListener("visibilitychange", tellShown);
  socket?.hangUp();
  socket = null;
  phone.close();
  toldSeen = "";
  connected.value = true;
}

/** As long as somebody sees this desk, nothing is pushed to the operator's browsers. */
function tellShown(): void {
  const yes = document.visibilityState === "visible";
  if (yes) looked();
  socket?.send({ type: "shown", yes });
}

export function tellTyping(conversation: string): void {
  if (Date.now() - typedAt < TYPING_EVERY_MS) return;
  typedAt = Date.now();
  socket?.send({ type: "typing", conversation });
}

/** An answer or a note is being written: the time of offers stands meanwhile. */
export function tellWriting(): void {
  if (offers.length === 0) return;
  writes(hubNow());
  if (Date.now() - wroteAt < TYPING_EVERY_MS) return;
  wroteAt = Date.now();
  socket?.send({ type: "writing" });
}

/** What was typed has been sent: the next letter begins anew. */
export function typingEnds(): void {
  typedAt = 0;
}

/** What the holder has read is read; a look over his shoulder is not. */
export function tellSeen(conversation: string, id: string): void {
  const mine = inbox.knownConversations.get(conversation)?.holder.operator === me.value.login;
  if (!mine || toldSeen === id) return;
  if (socket?.send({ type: "seen", conversation, id })) {
    toldSeen = id;
    inbox.patchConversation(conversation, { unread: 0 });
  }
}

function heard(frame: ToDesk): void {
  switch (frame.type) {
    case "hello":
      tellShown();
      void resynchronise(frame.presence, frame.until);
      break;
    case "offer":
      addOffer({ ...frame, until: Date.parse(frame.until) });
      announceOffer(frame);
      tell("offer", frame.conversation.id);
      break;
    case "offer_prolonged":
      prolong(frame.conversation, Date.parse(frame.until));
      break;
    case "transferred":
      announceTransfer(frame);
      break;
    case "offer_gone":
      if (removeOffer(frame.conversation) !== undefined) announceOfferGone(frame.how);
      break;
    case "conversation":
      if (frame.gone) timeline.onAccessWithdrawn(frame.conversation.id);
      else changed(frame);
      break;
    case "entry":
      deskOutbox.settle(frame.entry.key);
      timeline.add(frame.entry);
      announceEntry({ ...frame.entry, conversation: inbox.shownIn(frame.entry.conversation) });
      break;
    case "file":
      timeline.onFileChecked(frame.conversation, frame.file, { state: frame.state, found: frame.found });
      break;
    case "counts":
      if (frame.risk !== inbox.counts.risk) near.invalidate();
      for (const [name, count] of Object.entries(frame)) if (typeof count === "number") inbox.counts[name as keyof typeof inbox.counts] = count;
      break;
    case "typing":
      if (frame.login === "") inbox.citizenTypes(frame.conversation);
      else looking.typingStarted(frame.conversation, frame.login);
      break;
    case "looking":
      inbox.patchConversation(frame.conversation, { looking: frame.looking });
      break;
    case "later_stopped":
      onStopped(frame);
      break;
    case "follow_news":
      onFollowNews(frame);
      break;
    case "mentioned":
      mentions.onMentioned(frame);
      break;
    case "assigned_lesson_done":
      onAssignedLessonDone(frame);
      break;
    case "seen":
      timeline.onCitizenSaw(frame.conversation, frame.id);
      break;
    case "presence":
      if (frame.login === me.value.login) onPresenceChanged(frame.presence, frame.until);
      break;
    case "case":
      cases.onCaseChanged(frame.case);
      near.invalidate();
      if (frame.case.kind === "complaint") complaints.invalidate();
      break;
    case "appointment":
      appointments.onAppointmentChanged(frame.appointment);
      break;
    case "case_alarm":
      cases.announceCase(frame.number, frame.percent);
      break;
    case "flag":
      handbook.onOutdatedReportChanged(frame);
      break;
    case "recommendation":
      advice.onRecommendationChanged(frame.id);
      break;
    case "referral_alarm":
      referrals.announceAlarm(frame.case, frame.state === "failed");
      break;
    case "walk":
      walks.onScriptRunChanged(frame);
      break;
    case "alarm":
      announceAlarm(frame.number, frame.percent);
      break;
    case "glass":
      breakGlass.value = { at: frame.at, until: frame.until, source: frame.source };
      break;
    case "wait":
      announceWait(frame);
      break;
    case "stage":
      announceStage(frame.stage);
      break;
    case "senior_asked":
      supervisorRequested(frame.conversation);
      announceSupervisorRequest(frame.conversation);
      break;
    case "senior_gone":
      requestWithdrawn(frame.conversation);
      break;
    case "person":
      void person.onIdentityChanged(frame.conversation);
      void rights.onRightsChanged(frame.conversation);
      break;
    case "channels":
      channels.setChannels(frame.channels);
      break;
    case "floor":
      floor.onFloorChanged(frame);
      break;
    case "announcement":
      board.updateAnnouncement(frame.announcement);
      break;
    case "notice":
      outreach.updateNotice(frame.notice);
      break;
    case "robot":
      robot.onRobotChanged(frame);
      break;
    case "phrases_grouped":
      phraseGroups.onPhrasesGrouped(frame);
      break;
    case "lists":
      listed.listsChanged(frame.names);
      // The session has the titles of all topics.
      if (frame.names.includes("topics")) void restoreSession();
      break;
    case "account":
      void reloadAccount();
      break;
    case "signed_out":
      endSession();
      break;
    case "error":
      // Watching what one may not see is refused here and by the request for its timeline, which tells or asks why.
      if (frame.code !== "forbidden" && frame.code !== "no_ground") toast(frame.text || frame.code, { tone: "bad" });
      break;
  }
}

/** After every (re)connection: the hub's word replaces what this desk believed. */
async function resynchronise(...presence: Parameters<typeof renewPresence>): Promise<void> {
  offers.splice(0);
  supervisorRequests.splice(0);
  offerEnds();
  toldSeen = "";
  deskOutbox.wake();
  floor.renew();
  invalidate();
  complaints.invalidate();
  if (may("serve")) void phone.open();
  await Promise.all([renewPresence(...presence).catch(() => {}), loadViews()]);
}

/** The account was changed: other views may be open to it, and others closed. */
async function reloadAccount(): Promise<void> {
  await restoreSession();
  inbox.clear();
  await loadViews();
}

async function loadViews(): Promise<void> {
  listed.renewLists();
  const view = route.value?.screen === "inbox" ? route.value.view : null;
  await Promise.all([view === null ? null : inbox.load(view), timeline.renew(), board.renew(), cases.renew(), advice.renew(), appointments.renew(), outreach.renew(), person.renew(), rights.renew(), channels.renew(), robot.renew(), walks.renew(), near.renew(), may("serve") && view !== "snoozed" ? inbox.load("snoozed") : null]);
}

function changed({ conversation }: Extract<ToDesk, { type: "conversation" }>): void {
  if (movedOn(conversation)) invalidate();
  const before = inbox.knownConversations.get(conversation.id);
  if (before?.last_at !== conversation.last_at && conversation.last_author === "operator") looking.typingStopped(conversation.id);
  if (before?.snoozed && conversation.snoozed === null && conversation.holder.operator === me.value.login) announceSnoozeEnd(conversation);
  if (before !== undefined && before.unread < conversation.unread && conversation.holder.operator === me.value.login) tell("message", conversation.id);
  const couldNotRead = timeline.open.id === conversation.id && timeline.open.state === "closed";
  inbox.conversationChanged(conversation);
  // It came into my hands by a transfer while I was looking at its closed door.
  if (couldNotRead) void timeline.renew();
}

/** It went to another holder, or its promise was given or ended: a figure has changed. */
function movedOn({ id, holder, promise }: ConversationOut): boolean {
  const before = inbox.knownConversations.get(id);
  return before?.holder.kind !== holder.kind || before.holder.since !== holder.since || before.promise?.given !== promise?.given;
}
