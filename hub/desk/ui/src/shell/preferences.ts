/** How this browser likes its desk: nothing here says anything about a person. */

import { type Ref, ref, watch } from "vue";

function kept(name: string, otherwise: boolean): Ref<boolean> {
  const key = `okno.${name}`;
  const value = ref(localStorage.getItem(key) === null ? otherwise : localStorage.getItem(key) === "yes");
  watch(value, (yes) => localStorage.setItem(key, yes ? "yes" : "no"));
  return value;
}

function chosen<T extends number>(name: string, among: readonly T[], otherwise: T): Ref<T> {
  const key = `okno.${name}`;
  const value = ref(among.find((one) => String(one) === localStorage.getItem(key)) ?? otherwise) as Ref<T>;
  watch(value, (one) => localStorage.setItem(key, String(one)));
  return value;
}

function time(name: string): Ref<string> {
  const key = `okno.${name}`;
  const value = ref(localStorage.getItem(key) ?? "00:00");
  watch(value, (at) => localStorage.setItem(key, at));
  return value;
}

/** Seconds in which a reply may be taken back. */
export const UNDO_S = [0, 5, 10] as const;
/** A letter and an SMS are read once and cost money: second thoughts come within ten seconds. */
export const undoLettersS = chosen("undo-letters", UNDO_S, 10);
/** In a chat somebody looks at the window and waits. */
export const undoChatsS = chosen("undo-chats", UNDO_S, 0);
/** After a conversation has left my hands, the next of my list is opened. */
export const opensNext = kept("opens-next", true);
export const enterSends = kept("enter-sends", false);
/** WCAG 2.1.4: shortcuts of a single character can be turned off. */
export const singleKeys = kept("single-keys", true);
export const notify = kept("notify", false);
/** Alarms of the floor: each makes itself heard once. */
export const alarmSound = kept("alarm-sound", true);
export const alarmNotify = kept("alarm-notify", false);
/** News of conversations, by kinds: a sound, and a count on the tab. */
export const sounds = { offer: kept("sound-offer", false), message: kept("sound-message", false), mention: kept("sound-mention", false) };
export const badges = { offer: kept("badge-offer", true), message: kept("badge-message", true), mention: kept("badge-mention", true) };
/** On the clock of the centre; equal ones are no quiet hours. */
export const quietFrom = time("quiet-from");
export const quietUntil = time("quiet-until");
export const showDetails = kept("show-details", true);
/** Rows of lists with a third line: the robot's summary. */
export const roomyRows = kept("roomy-rows", false);
