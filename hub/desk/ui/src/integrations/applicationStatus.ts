/** How an application stands that a system of the state has: what can be asked beside the open conversation. Answers are kept nowhere. */

import * as api from "./api";
import type { StatusBesideOut } from "@/api/types";
import { store, storeRequest } from "@/ui/stores";

export const asking = store<{ conversation: string; beside: StatusBesideOut | null }>(() => ({ conversation: "", beside: null }));
const last = storeRequest();

export async function look(conversation: string): Promise<void> {
  Object.assign(asking, { conversation, beside: null });
  // The conversation itself says why it cannot be read.
  await last(
    api.statusBeside(conversation),
    (beside) => {
      asking.beside = beside;
    },
    () => {},
  );
}
