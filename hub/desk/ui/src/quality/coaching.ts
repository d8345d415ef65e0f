/** What an assigned lesson has changed, in words; and that one was done. */

import type { LessonEffect, ToDesk } from "@/api/types";
import { words } from "@/words";
import { storeMap } from "@/ui/stores";
import { announce, toast } from "@/ui/toasts";

const percent = (share: number | null): number => Math.round(100 * (share ?? 0));
const signed = (share: number | null): string => new Intl.NumberFormat(words.global.locale.value, { signDisplay: "exceptZero" }).format(percent(share));

export function effectText(effect: LessonEffect, fewest: number): string {
  const { t } = words.global;
  if (effect.change === null) return t("quality.coaching.few", { before: effect.talks_before, after: effect.talks_after, fewest });
  return t("quality.coaching.effect", {
    before: `${percent(effect.before)} %`, after: `${percent(effect.after)} %`, change: signed(effect.change), low: signed(effect.low), high: signed(effect.high), talksBefore: effect.talks_before, talksAfter: effect.talks_after,
  });
}

/** Told already: the hub repeats it after each connection until it is seen. */
const told = storeMap<string, true>();

export function onAssignedLessonDone({ review, item, name, title }: Extract<ToDesk, { type: "assigned_lesson_done" }>): void {
  const key = `${review}/${item}`;
  if (told.has(key)) return;
  told.set(key, true);
  const text = words.global.t("quality.coaching.told", { name, title });
  toast(text);
  announce(text);
}
