/** Talks whose operators ask for a senior, as the hub tells those who may come. */

import type { ConversationOut } from "@/api/types";
import { storeList } from "@/ui/stores";

export const supervisorRequests = storeList<ConversationOut>();

export function supervisorRequested(conversation: ConversationOut): void {
  requestWithdrawn(conversation.id);
  supervisorRequests.push(conversation);
}

export function requestWithdrawn(id: string): void {
  const index = supervisorRequests.findIndex((each) => each.id === id);
  if (index >= 0) supervisorRequests.splice(index, 1);
}
