/** How an application stands that a system of the state has: what can be asked beside the open conversation. Answers are kept nowhere. */

import * as hub from "@/api/hub";
import type { StatusBesideOut } from "@/api/types";
import { Refused } from "@/api/request";
import { shallowReactive } from "vue";

export const asking = shallowReactive<{ conversation: string; beside: StatusBesideOut | null }>({ conversation: "", beside: null });

export async function look(conversation: string): Promise<void> {
  Object.assign(asking, { conversation, beside: null });
  try {
    const beside = await hub.statusBeside(conversation);
    if (asking.conversation === conversation) asking.beside = beside;
  } catch (error) {
    // The conversation itself says why it cannot be read.
    if (!(error instanceof Refused)) throw error;
  }
}
