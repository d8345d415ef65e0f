/** A list of cards that are settled one after another by hand and by keys. */

import { typing } from "@/shell/keys";
import { nextTick, ref, useTemplateRef } from "vue";

/** `undo` takes the last deed back. The element with the ref "list" has a card in each of its children. */
export function useCardList(undo: () => unknown) {
  const list = useTemplateRef<HTMLElement>("list");
  const busy = ref(false);

  /** The card at a place in the list, or the last one. */
  function focus(index: number): void {
    const cards = [...(list.value?.children ?? [])].map(({ firstElementChild }) => firstElementChild as HTMLElement);
    (cards[index] ?? cards.at(-1))?.focus();
  }

  /** One after another; then the next one is where this one was. */
  async function settle(index: number, deed: () => Promise<boolean>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    const done = await deed();
    busy.value = false;
    await nextTick();
    if (done) focus(index);
  }

  function pressed(event: KeyboardEvent): void {
    if (typing(event.target) || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.code !== "KeyZ") return;
    event.preventDefault();
    void undo();
  }

  return { busy, focus, settle, pressed };
}
