/** What a form asks of the hub: it is `busy` until the answer, and `problem` is why the hub has refused. */

import { explain } from "./problems";
import { ref } from "vue";

export function useFormRequest() {
  const busy = ref(false);
  const problem = ref("");
  /** Whether it was done. */
  async function doing(deed: () => Promise<unknown>): Promise<boolean> {
    busy.value = true;
    problem.value = "";
    try {
      await deed();
      return true;
    } catch (error) {
      problem.value = explain(error);
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, problem, doing };
}
