/** Conversations that one follows without holding them. */

import * as api from "./api";
import { Refused } from "@/api/request";
import type { ToDesk } from "@/api/types";
import { knownConversations, patchConversation, updateConversations } from "./inbox";
import { announce, toast } from "@/ui/toasts";
import { hasNews } from "./views";
import { words } from "@/words";

export function onFollowNews({ conversation, news }: Extract<ToDesk, { type: "follow_news" }>): void {
  updateConversations([conversation]);
  const text = words.global.t(`follow.${news}`, { what: conversation.question || `№ ${conversation.number}` });
  toast(text);
  announce(text);
}

/** What is new has been before my eyes. */
export async function markSeen(id: string): Promise<void> {
  const row = knownConversations.get(id);
  if (row === undefined || !hasNews(row)) return;
  patchConversation(id, { followed: "none" });
  try {
    await api.follow(id);
  } catch (error) {
    // It is listed again after the next connection.
    if (!(error instanceof Refused)) throw error;
  }
}
