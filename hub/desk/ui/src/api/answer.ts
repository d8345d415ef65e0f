/** What the hub answers to a question that is asked again with other wishes. */

import { explain } from "@/ui/problems";
import { latest } from "./latest";
import { ref, shallowRef } from "vue";

/** `found` is null until the first answer has come and after one that was refused; `problem` says why. */
export function useAnswer<T>(ask: () => Promise<T>) {
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
        found.value = null;
        problem.value = explain(error);
      },
    );
  return { found, problem, load };
}
