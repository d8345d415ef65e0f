/** Who else gets a reply by mail: those whom the last letter names, as the operator has changed it. */

import type { EntryOut } from "@/api/types";
import { copiesKey as key } from "./drafts";

const MAILBOX = /^[^\s@#]+@[^\s@#]+\.[^\s@#]+$/u;

export const carriesCopies = (channel: string): boolean => channel.startsWith("email.");

export const isMailbox = (text: string): boolean => MAILBOX.test(text);

/** Of the last message between the citizen and an operator. */
export const lastCopies = (entries: readonly EntryOut[], conversation: string): string[] =>
  entries.findLast((entry) => entry.conversation === conversation && entry.kind === "message" && (entry.author === "citizen" || entry.author === "operator"))?.cc ?? [];

/** What the operator has changed; null where nothing. */
export const readCopies = (login: string, conversation: string): string[] | null => JSON.parse(localStorage.getItem(key(login, conversation)) ?? "null") as string[] | null;

export const saveCopies = (login: string, conversation: string, mailboxes: readonly string[]): void => localStorage.setItem(key(login, conversation), JSON.stringify(mailboxes));

export const dropCopies = (login: string, conversation: string): void => localStorage.removeItem(key(login, conversation));

/** Added once, however it is spelled. */
export const withCopy = (mailboxes: readonly string[], one: string): string[] =>
  mailboxes.some((each) => each.toLowerCase() === one.toLowerCase()) ? [...mailboxes] : [...mailboxes, one];
