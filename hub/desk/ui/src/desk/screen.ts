/** What lies over the screen, and where the focus is asked to go. */

import type { Tab } from "@/desk/drafts";
import { shallowReactive, shallowRef } from "vue";

export type Over = "transfer" | "close" | "help" | "commands" | "menu" | null;

export const over = shallowRef<Over>(null);
/** A tab of the composer that a shortcut asks for; `times` makes the same wish twice a change. */
export const composerWish = shallowReactive<{ tab: Tab; times: number }>({ tab: "reply", times: 0 });
/** Words for the composer: an article chosen beside the timeline. */
export const insertion = shallowReactive({ text: "", times: 0 });

export function wishComposer(tab: Tab): void {
  composerWish.tab = tab;
  composerWish.times += 1;
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
