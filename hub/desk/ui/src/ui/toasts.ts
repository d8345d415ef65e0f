/** What the desk tells its operator in passing: by eye in a corner, by ear to a screen reader. */

import { storeList, storeRef } from "./stores";

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "bad";
  undo?: () => void;
  /** How often the same was told while it is shown. */
  times: number;
}

const STAYS_MS = 5000;
/** Whoever deleted something needs time to notice what. */
const UNDO_STAYS_MS = 8000;

export const toasts = storeList<Toast>();
export const announcement = storeRef("");
/** Read out at once, whatever the reader is saying. */
export const urgentAnnouncement = storeRef("");

let lastId = 0;

export function toast(text: string, more: Partial<Pick<Toast, "tone" | "undo">> = {}): number {
  const same = more.undo ? undefined : toasts.find((notice) => notice.text === text && notice.undo === undefined);
  if (same !== undefined) dismiss(same.id);
  lastId += 1;
  const id = lastId;
  toasts.push({ id, text, tone: "plain", times: (same?.times ?? 0) + 1, ...more });
  setTimeout(() => dismiss(id), more.undo || more.tone === "bad" ? UNDO_STAYS_MS : STAYS_MS);
  return id;
}

export function dismiss(id: number): void {
  const index = toasts.findIndex((notice) => notice.id === id);
  if (index >= 0) toasts.splice(index, 1);
}

export function announce(text: string): void {
  // The same words twice would not be read again: a no-break space makes them differ.
  announcement.value = announcement.value === text ? `${text}\u00A0` : text;
}

export function announceUrgently(text: string): void {
  urgentAnnouncement.value = urgentAnnouncement.value === text ? `${text}\u00A0` : text;
}
