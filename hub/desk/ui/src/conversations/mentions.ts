/** Colleagues of whom a note may speak, and notes that speak of oneself. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import { Refused } from "@/api/request";
import type { ColleagueOut, ToDesk } from "@/api/types";
import { patchConversation, knownConversations, updateConversations } from "./inbox";
import { tell } from "@/notifications/alerts";
import { announce, toast } from "@/ui/toasts";
import { open } from "./timeline";
import { fold } from "./views";
import { words } from "@/words";
import { store, storeMap, storeRequest } from "@/ui/stores";

/** Those who may see the open conversation; null until the first answer. */
export const colleagues = store<{ conversation: string; rows: ColleagueOut[] | null }>(() => ({ conversation: "", rows: null }));

const latestRequest = storeRequest();

export function load(conversation: string): Promise<void> {
  if (colleagues.conversation !== conversation) Object.assign(colleagues, { conversation, rows: null });
  return latestRequest(
    api.mentionable(conversation),
    (rows) => void (colleagues.rows = rows),
    (error) => {
      colleagues.rows = [];
      toast(explain(error), { tone: "bad" });
    },
  );
}

export function matching(rows: readonly ColleagueOut[], wanted: string): ColleagueOut[] {
  const text = fold(wanted);
  return rows.filter(({ login, name }) => login.startsWith(text) || fold(name).split(/\s+/u).some((_, at, parts) => parts.slice(at).join(" ").startsWith(text)));
}

/** Of those who were chosen, the ones whose name still stands in the text. */
export const mentionedIn = (chosen: readonly ColleagueOut[], text: string): string[] =>
  chosen.filter(({ name }) => text.includes(`@${name}`)).map(({ login }) => login);

/** When each was told last: a desk that comes back is told again, and says it once. */
const told = storeMap<string, string>();

export function onMentioned({ conversation, by_name, at }: Extract<ToDesk, { type: "mentioned" }>): void {
  updateConversations([conversation]);
  if (told.get(conversation.id) === at) return;
  told.set(conversation.id, at);
  tell("mention", conversation.id);
  // Whoever has it before his eyes sees the note.
  if (open.id === conversation.id && document.visibilityState === "visible") return;
  const text = by_name === "" ? words.global.t("mention.rule", { number: conversation.number }) : words.global.t("mention.told", { who: by_name, number: conversation.number });
  toast(text);
  announce(text);
}

/** The note that speaks of me has been before my eyes. */
export async function markRead(id: string): Promise<void> {
  if (knownConversations.get(id)?.mentioned !== true) return;
  patchConversation(id, { mentioned: false });
  try {
    await api.mentionRead(id);
  } catch (error) {
    // It is listed again after the next connection.
    if (!(error instanceof Refused)) throw error;
  }
}
