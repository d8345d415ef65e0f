/** What lies over the screen, and where the focus is asked to go. */

import type { Tab } from "@/conversations/composer/drafts";
import { showDetails } from "./preferences";
import { isWide } from "@/ui/viewport";
import { computed } from "vue";
import { store, storeRef } from "@/ui/stores";

export type Overlay = "transfer" | "rearrange" | "bulk-close" | "bulk-promise" | "merge" | "snooze" | "later" | "pass" | "contact" | "close" | "promise" | "register" | "book" | "keep" | "call" | "consult" | "phone" | "join" | "split" | "past" | "demand" | "refuse" | "correct" | "looks" | "erase" | "prove" | "status" | "word" | "power" | "withdraw" | "help" | "settings" | "macro" | "commands" | "menu" | "script" | null;

export const overlay = storeRef<Overlay>(null);
/** A tab of the composer that is asked for; it takes the focus and fulfils the wish as soon as it is there. */
export const composerRequest = storeRef<Tab | null>(null);
/** Where there is no room beside the timeline the citizen's pane lies over it, and only when it is asked for. */
const detailsOver = storeRef(false);
export const details = computed({
  get: () => (isWide.value ? showDetails.value : detailsOver.value),
  set: (yes) => {
    if (isWide.value) showDetails.value = yes;
    else detailsOver.value = yes;
  },
});

export function uncover(): void {
  detailsOver.value = false;
}

/** Words for the composer: an article chosen beside the timeline. */
export const insertion = store(() => ({ text: "", times: 0 }));

export function requestComposer(tab: Tab): void {
  composerRequest.value = tab;
}

export function insert(text: string): void {
  insertion.text = text;
  insertion.times += 1;
}

export function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>("[data-search]");
  field?.focus();
  field?.select();
}

/** Escape empties a search field by itself; then it also gives the focus back, so that single keys work again. */
export function leaveSearch({ key, target }: KeyboardEvent): void {
  if (key === "Escape" && target instanceof HTMLElement && target.matches("[data-search]")) target.blur();
}
