/** Telling the operator without a sound: the window's title, a notification, and words for screen readers. */

import type { ConversationOut, EntryOut, ClockStage, ToDesk } from "@/api/types";
import { channelName } from "@/conversations/channelNames";
import { clockText } from "@/ui/clocks";
import { keyText } from "@/shell/keymap";
import { announceUrgently, announce, toast } from "@/ui/toasts";
import { offers } from "@/dispatch/offers";
import { notify } from "@/shell/preferences";
import { queueTitle } from "@/sign_in/session";
import { words } from "@/words";
import { onForget } from "@/ui/stores";

const FLASH_MS = 1000;
let flashing: ReturnType<typeof setInterval> | undefined;
let note: Notification | undefined;
let calm = "";

export function setTitle(title: string): void {
  calm = title;
  if (flashing === undefined) document.title = title;
}

type Frame<Type extends ToDesk["type"]> = Extract<ToDesk, { type: Type }>;

export function announceOffer(offer: Pick<Frame<"offer">, "conversation" | "by" | "note">): void {
  const { t } = words.global;
  const [accept, reject] = ["accept", "reject"].map((action) => keyText(action));
  const keys = accept && reject ? ` ${t("offer.keys", { accept, reject })}` : "";
  const spoken = offer.by === "" ? t("offer.spoken", { channel: channelName(offer.conversation.channel) }) : transferText(offer.by, offer.note);
  announceUrgently(spoken + keys);
  flash();
  if (notify.value && document.hidden && "Notification" in globalThis && Notification.permission === "granted") {
    // Nothing of the citizen: a notification is seen by whoever passes the desk.
    note = new Notification(t("offer.title"), { body: t("offer.body"), tag: "okno-offer", silent: true });
    note.addEventListener("click", () => globalThis.focus());
  }
}

export function announceOfferGone(how: string): void {
  const { t } = words.global;
  if (how === "expired" || how === "missed" || how === "rescinded") toast(t(`offer.gone.${how}`));
  offerEnds();
}

const transferText = (by: string, note: string): string => words.global.t("offer.personal", { who: by }) + (note === "" ? "." : `: ${note}`);

/** A colleague counts on this operator, who has no room for it: it waits for nobody else. */
export function announceTransfer({ by, note }: Frame<"transferred">): void {
  const text = `${transferText(by, note)} ${words.global.t("offer.waitsForYou")}`;
  toast(text, { tone: "bad" });
  announceUrgently(text);
}

export function announceEntry(entry: EntryOut): void {
  if (entry.kind === "message" && entry.author === "citizen") {
    announce(words.global.t("timeline.spoken", { text: entry.text }));
  } else if (entry.kind === "carried" && entry.why === "failed") {
    announce(`${words.global.t("mark.failed")}: ${entry.text}`);
  }
}

function flash(): void {
  if (flashing !== undefined) return;
  const offer = `● ${words.global.t("offer.title")}`;
  document.title = offer;
  flashing = setInterval(() => {
    document.title = document.title === offer ? calm : offer;
  }, FLASH_MS);
}

onForget(offerEnds);

/** The title comes to rest when no offer is left. */
export function offerEnds(): void {
  if (offers.length > 0) return;
  clearInterval(flashing);
  flashing = undefined;
  document.title = calm;
  note?.close();
}

/** Half of a day is no reason to interrupt anybody; the list shows it. */
const URGENT_PERCENT = 80;

export function announceAlarm(number: string, percent: number): void {
  if (percent < URGENT_PERCENT) return;
  const text = words.global.t(percent < 100 ? "promise.alarm" : "promise.broken", { number, percent });
  toast(text, { tone: "bad" });
  announce(text);
}

/** A line is about to become too slow: those who steer hear of it before anybody has waited too long. */
export function announceWait({ queue, predicted_s, waiting }: Frame<"wait">): void {
  const seconds = predicted_s ?? 0;
  const time = clockText(seconds * 1000, words.global.locale.value);
  const text = words.global.t(predicted_s === null ? "longWait.nobody" : "longWait.slow", { queue: queueTitle(queue), time, waiting });
  toast(text, { tone: "bad" });
  announce(text);
}

/** An operator asks for a senior: the card stays, the words are for whoever does not look. */
export function announceSupervisorRequest({ holder }: ConversationOut): void {
  announceUrgently(words.global.t("people.seniorSpoken", { who: holder.operator_name }));
}

/** What was put off is in my list again. */
export function announceSnoozeEnd({ number }: ConversationOut): void {
  const text = words.global.t("snooze.isBack", { number });
  toast(text);
  announce(text);
}

/** Eight and ten minutes of a talk. */
export function announceStage(stage: ClockStage): void {
  if (stage === "talk") return;
  const text = words.global.t(`stage.${stage}`);
  toast(text, { tone: stage === "decide" ? "bad" : "plain" });
  announce(text);
}
