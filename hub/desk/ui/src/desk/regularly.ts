/** What other systems do is not told by the live line: it is asked for while somebody looks. */

import { explain } from "@/desk/deeds";
import { latest } from "@/desk/latest";
import { onMounted, onUnmounted, ref, shallowRef } from "vue";

const EVERY_MS = 10_000;

/** `found` is null until the first answer came; `problem` is why the last one did not. */
export function regularly<T>(ask: () => Promise<T>) {
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
        problem.value = explain(error);
      },
    );
  let timer = 0;
  onMounted(() => {
    void load();
    timer = window.setInterval(load, EVERY_MS);
  });
  onUnmounted(() => clearInterval(timer));
  return { found, problem, load };
}
