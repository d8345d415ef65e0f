/** Talks whose operators ask for a senior, as the hub tells those who may come. */

import type { ConversationOut } from "@/api/types";
import { shallowReactive } from "vue";

export const asked = shallowReactive<ConversationOut[]>([]);

export function seniorAsked(conversation: ConversationOut): void {
  seniorGone(conversation.id);
  asked.push(conversation);
}

export function seniorGone(id: string): void {
  const index = asked.findIndex((each) => each.id === id);
  if (index >= 0) asked.splice(index, 1);
}
