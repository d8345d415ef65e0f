/** Files for a reply or a note: they go to the hub while it is written, and what is there is kept in this browser beside the draft. */

import * as api from "@/conversations/api";
import { Refused } from "@/api/request";
import type { ConversationOut } from "@/api/types";
import { type DraftAttachment, type Tab, saveAttachments, readAttachments } from "./drafts";
import { open } from "@/conversations/timeline";
import { uniqueKey } from "@/api/uniqueKey";
import { type Ref } from "vue";
import { storeMap, storeRef, onForget } from "@/ui/stores";

/** The hub's own limits (hub/conversations/attachments.py). */
export const MOST = 10;
const LARGEST = 10 * 1024 ** 2;

export interface Chip extends DraftAttachment {
  key: string;
  /** Which part of it is there; `file` is "" until it is whole. */
  part: number;
  /** Why it is not there: the end of `composer.files.…`; "" while there is hope. */
  problem: string;
  /** Where a picture can be looked at. */
  preview: string;
}

export type AttachmentLimits = ConversationOut["files"];

/** What was dropped onto the pane, or is to be chosen (null), for the composer that is there. */
export const attachmentRequest: Ref<{ files: File[] | null } | null> = storeRef(null);
export const requestFiles = (): void => void (attachmentRequest.value = { files: null });

/** Whoever leaves the desk leaves no names of files there, and nothing on its way. */
onForget(() => forget([...lists.values()].flat()));
const lists = storeMap<string, readonly Chip[]>();
/** Of what is under way, and of what failed. */
const sources = storeMap<string, { file: File; going: AbortController }>();

const place = (login: string, conversation: string, tab: Tab): string => `${login}/${conversation}/${tab}`;

const isPicture = (type: string): boolean => /^image\/(?:png|jpeg|gif|webp)$/u.test(type);

/** A file of the hub as it was kept. */
const chip = (conversation: string, kept: DraftAttachment): Chip =>
  ({ ...kept, key: kept.file, part: 1, problem: "", preview: isPicture(kept.type) ? api.fileAddress(kept.file, conversation) : "" });

export function chipsOf(login: string, conversation: string, tab: Tab): readonly Chip[] {
  return lists.get(place(login, conversation, tab)) ?? readAttachments(login, conversation, tab).map((kept) => chip(conversation, kept));
}

/** Why it cannot go by this way; "" where it can. */
export function rejectionOf({ file, type, problem }: Chip, brings: AttachmentLimits): string {
  const state = open.checks.get(file)?.state;
  if (problem !== "") return problem;
  if (state === "infected" || state === "unchecked") return state;
  if (brings === "none") return "none";
  return brings === "pdf" && type !== "application/pdf" ? "pdf" : "";
}

export function add(login: string, conversation: string, tab: Tab, files: readonly File[]): void {
  for (const file of files) {
    const [key, kind] = [uniqueKey(), isPicture(file.type)];
    const made: Chip = { key, file: "", name: file.name, type: file.type, size: file.size, part: 0, problem: "", preview: kind ? URL.createObjectURL(file) : "" };
    put(login, conversation, tab, [...chipsOf(login, conversation, tab), made]);
    sources.set(key, { file, going: new AbortController() });
    void carry(login, conversation, tab, key);
  }
}

export function retryUpload(login: string, conversation: string, tab: Tab, key: string): void {
  change(login, conversation, tab, key, { problem: "", part: 0 });
  void carry(login, conversation, tab, key);
}

export function remove(login: string, conversation: string, tab: Tab, key: string): void {
  const chips = chipsOf(login, conversation, tab);
  forget(chips.filter((each) => each.key === key));
  put(login, conversation, tab, chips.filter((each) => each.key !== key));
}

/** They are in a message now. */
export function uploadedFiles(login: string, conversation: string, tab: Tab): DraftAttachment[] {
  const chips = chipsOf(login, conversation, tab);
  forget(chips);
  put(login, conversation, tab, []);
  return chips.map(({ file, name, type, size }) => ({ file, name, type, size }));
}

/** The message was taken back. */
export function restoreAttachments(login: string, conversation: string, tab: Tab, files: readonly DraftAttachment[]): void {
  const begun = chipsOf(login, conversation, tab).filter(({ file }) => !files.some((each) => each.file === file));
  if (files.length > 0) put(login, conversation, tab, [...files.map((kept) => chip(conversation, kept)), ...begun]);
}

async function carry(login: string, conversation: string, tab: Tab, key: string): Promise<void> {
  const source = sources.get(key);
  if (source === undefined) return;
  const { file, going } = source;
  const told = (to: Partial<Chip>): void => change(login, conversation, tab, key, to);
  if (file.size > LARGEST || file.size === 0) {
    told({ problem: file.size === 0 ? "empty" : "large" });
    return;
  }
  try {
    const stored = await api.uploadAttachment(conversation, file, (part) => told({ part }), going.signal);
    const others = chipsOf(login, conversation, tab).filter((each) => each.key !== key);
    // The same content twice is one file.
    if (others.some((each) => each.file === stored.file)) remove(login, conversation, tab, key);
    else told({ file: stored.file, name: stored.name, type: stored.type, part: 1 });
    sources.delete(key);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    told({ problem: error.code === "bad_type" || error.code === "empty" ? error.code : error.code === "too_large" ? "large" : "failed" });
  }
}

function change(login: string, conversation: string, tab: Tab, key: string, to: Partial<Chip>): void {
  const chips = chipsOf(login, conversation, tab);
  const at = chips.findIndex((each) => each.key === key);
  const before = chips[at];
  if (before !== undefined) put(login, conversation, tab, chips.with(at, { ...before, ...to }));
}

function put(login: string, conversation: string, tab: Tab, chips: readonly Chip[]): void {
  lists.set(place(login, conversation, tab), chips);
  const there = chips.filter(({ file }) => file !== "");
  saveAttachments(login, conversation, tab, there.map(({ file, name, type, size }) => ({ file, name, type, size })));
}

function forget(chips: readonly Chip[]): void {
  for (const { key, preview } of chips) {
    sources.get(key)?.going.abort();
    sources.delete(key);
    if (preview.startsWith("blob:")) URL.revokeObjectURL(preview);
  }
}
