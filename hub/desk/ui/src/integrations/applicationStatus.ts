/** How an application stands that a system of the state has: what can be asked beside the open conversation. Answers are kept nowhere. */

import * as api from "./api";
import type { StatusBesideOut } from "@/api/types";
import { store, storeRequest } from "@/ui/stores";

export const statusRequest = store<{ conversation: string; beside: StatusBesideOut | null }>(() => ({ conversation: "", beside: null }));
const last = storeRequest();

export async function load(conversation: string): Promise<void> {
  Object.assign(statusRequest, { conversation, beside: null });
  // The conversation itself says why it cannot be read.
  await last(
    api.applicationStatus(conversation),
    (beside) => {
      statusRequest.beside = beside;
    },
    () => {},
  );
}
