/** Unfinished words, kept in this browser until they are sent or the operator signs out. */

import type { Attachment, ColleagueOut } from "@/api/types";

export type Tab = "reply" | "note";

/** Whatever begins so is forgotten when its author signs out. */
export const PREFIX = "okno.draft.";

const key = (login: string, conversation: string, tab: Tab): string => `${PREFIX}${login}/${conversation}/${tab}`;

/** Of the mailboxes that get a copy (copies.ts). */
export const copiesKey = (login: string, conversation: string): string => `${PREFIX}${login}/${conversation}/cc`;

const chosen = (login: string, conversation: string): string => `${PREFIX}${login}/${conversation}/mentions`;

export function readDraft(login: string, conversation: string, tab: Tab): string {
  return localStorage.getItem(key(login, conversation, tab)) ?? "";
}

export function saveDraft(login: string, conversation: string, tab: Tab, text: string): void {
  if (text === "") localStorage.removeItem(key(login, conversation, tab));
  else localStorage.setItem(key(login, conversation, tab), text);
}

/** Colleagues that a note which is not finished speaks of. */
export function readMentioned(login: string, conversation: string): ColleagueOut[] {
  return JSON.parse(localStorage.getItem(chosen(login, conversation)) ?? "[]") as ColleagueOut[];
}

export function saveMentioned(login: string, conversation: string, colleagues: readonly ColleagueOut[]): void {
  if (colleagues.length === 0) localStorage.removeItem(chosen(login, conversation));
  else localStorage.setItem(chosen(login, conversation), JSON.stringify(colleagues));
}

/** A file that is on the hub, and in no message yet. */
export type DraftAttachment = Pick<Attachment, "file" | "name" | "type" | "size">;

export function readAttachments(login: string, conversation: string, tab: Tab): DraftAttachment[] {
  return JSON.parse(localStorage.getItem(`${key(login, conversation, tab)}/files`) ?? "[]") as DraftAttachment[];
}

export function saveAttachments(login: string, conversation: string, tab: Tab, files: readonly DraftAttachment[]): void {
  const name = `${key(login, conversation, tab)}/files`;
  if (files.length === 0) localStorage.removeItem(name);
  else localStorage.setItem(name, JSON.stringify(files));
}

export function dropDrafts(login: string, conversation: string): void {
  saveMentioned(login, conversation, []);
  saveDraft(login, conversation, "reply", "");
  for (const tab of ["reply", "note"] as const) saveAttachments(login, conversation, tab, []);
  saveDraft(login, conversation, "note", "");
  localStorage.removeItem(copiesKey(login, conversation));
}

/** Whether a reply was begun before the newest words came. Of letters alone: in a chat both write at once, and see it. */
export const isStale = (channel: string, beganMs: number, heardMs: number): boolean => isLetter(channel) && heardMs > beganMs;

/** What is read when somebody comes to it, and answered by the same way. */
export const isLetter = (channel: string): boolean => /^(?:email|fax)\.|^web\.form$|^post$/u.test(channel);

/** All of them, or all but those of one person: the next one at this desk must not read them. */
export function clearDrafts(except?: string): void {
  clearStored(PREFIX, except);
}

export function clearStored(prefix: string, except?: string): void {
  for (const name of Object.keys(localStorage)) {
    const others = except === undefined || !name.startsWith(`${prefix}${except}/`);
    if (name.startsWith(prefix) && others) localStorage.removeItem(name);
  }
}
