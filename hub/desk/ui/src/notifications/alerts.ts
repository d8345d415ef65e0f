/** What tells an operator of news, by kinds: a sound, and a count on the tab and on the installed application. Not in quiet hours. */

import type { PushKind } from "@/api/types";
import { badges, quietFrom, quietUntil, sounds } from "@/shell/preferences";
import { me } from "@/sign_in/session";
import { Ringer } from "@/telephony/ringer";
import { timeIn } from "@/ui/clocks";
import { storeSet } from "@/ui/stores";

/** Lower than an alarm, and shorter. */
const ringer = new Ringer(660, 0.15);
/** Conversations with news since somebody has looked. */
export const unseen = storeSet<string>();

/** From a time to another one, perhaps of the next day; equal ones are no hours. */
export function isWithin(now: string, from: string, until: string): boolean {
  if (from <= until) return from <= now && now < until;
  return from <= now || now < until;
}

export function tell(kind: PushKind, conversation: string): void {
  if (isWithin(timeIn(Date.now(), me.value.timezone, "ru"), quietFrom.value, quietUntil.value)) return;
  if (sounds[kind].value) ringer.once();
  if (document.hidden && badges[kind].value) {
    unseen.add(conversation);
    void navigator.setAppBadge?.(unseen.size);
  }
}

export function looked(): void {
  unseen.clear();
  void navigator.clearAppBadge?.();
}
