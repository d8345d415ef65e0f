/** Lists of the hub as screens show them: asked for once, and again whenever the hub tells that they are others now. */

import { explain } from "@/ui/problems";
import type { ListName } from "@/api/types";
import { latest } from "@/api/latest";
import { onMounted, onUnmounted, ref, shallowRef } from "vue";

const shown = new Map<ListName, Set<() => unknown>>();

/** For the setup of what shows a list: `ask` is called as long as it is there. */
export function onListChanged(name: ListName, ask: () => unknown): void {
  const asks = shown.get(name) ?? new Set();
  shown.set(name, asks);
  onMounted(() => asks.add(ask));
  onUnmounted(() => asks.delete(ask));
}

export function listsChanged(names: Iterable<ListName>): void {
  for (const name of names) for (const ask of shown.get(name) ?? []) ask();
}

/** After every (re)connection: what was told meanwhile was missed. */
export const renewLists = (): void => listsChanged(shown.keys());

/** `found` is null until the first answer has come, and `problem` is why none has; what was found stays when it cannot be asked for again. */
export function useList<T>(name: ListName, ask: () => Promise<T>) {
  const found = shallowRef<T | null>(null);
  const problem = ref("");
  const asking = latest();
  const load = (): Promise<void> =>
    asking(
      ask(),
      (answer) => {
        found.value = answer;
        problem.value = "";
      },
      (error) => {
        if (found.value === null) problem.value = explain(error);
      },
    );
  onMounted(load);
  onListChanged(name, load);
  return { found, problem, load };
}
