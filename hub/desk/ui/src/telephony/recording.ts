/** A recording that was paused and forgotten is no recording: whoever has paused it is reminded each minute. */

import { clockText } from "@/ui/clocks";
import { knownConversations } from "@/conversations/inbox";
import { announceUrgently, toast } from "@/ui/toasts";
import { now } from "@/ui/now";
import { me } from "@/sign_in/session";
import { words } from "@/words";
import { watch } from "vue";

const EVERY_MS = 60_000;

/** How often one should have been reminded by now. */
export const reminders = (paused: string, at: number): number => Math.max(0, Math.floor((at - Date.parse(paused)) / EVERY_MS));

/** Until the desk is left. Conversations whose talk is paused, with how often it was told of each. */
export function remindOfPauses(): () => void {
  const told = new Map<string, number>();
  return watch(now, (at) => {
    for (const { id, holder, recording } of knownConversations.values()) {
      const paused = recording?.paused ?? null;
      const due = paused === null || holder.operator !== me.value.login ? 0 : reminders(paused, at);
      const before = told.get(id) ?? 0;
      told.set(id, due);
      if (paused === null || due <= before) continue;
      const { t, locale } = words.global;
      const text = t("recording.reminder", { time: clockText(at - Date.parse(paused), locale.value) });
      toast(text);
      announceUrgently(text);
    }
  });
}
