/** Who else has a conversation open, and who of them is writing a reply. */

import type { ConversationOut } from "@/api/types";
import { me } from "@/sign_in/session";
import { kept, storeMap } from "@/ui/stores";

/** The hub tells that somebody types each three seconds; that he has stopped is seen by silence. */
const WRITES_MS = 6000;

/** Logins of those who write, by conversation: only whoever holds one does. */
const writers = storeMap<string, string>();
const timers = kept(new Map<string, ReturnType<typeof setTimeout>>(), (all) => all.clear());

export interface Viewer {
  name: string;
  writes: boolean;
}

export const otherViewers = ({ id, looking }: Pick<ConversationOut, "id" | "looking">): Viewer[] =>
  looking.filter(({ login }) => login !== me.value.login).map(({ login, name }) => ({ name, writes: writers.get(id) === login }));

export function typingStarted(conversation: string, login: string): void {
  clearTimeout(timers.get(conversation));
  writers.set(conversation, login);
  timers.set(conversation, setTimeout(() => typingStopped(conversation), WRITES_MS));
}

/** What was typed is there, or nobody types any more. */
export function typingStopped(conversation: string): void {
  clearTimeout(timers.get(conversation));
  timers.delete(conversation);
  writers.delete(conversation);
}
