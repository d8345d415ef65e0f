/** A reply that is to go later: from the composer to the hub, and back. */

import * as api from "@/conversations/api";
import type { ConversationOut, LaterIn, ToDesk } from "@/api/types";
import { restoreAttachments } from "./attachments";
import { saveCopies } from "./copies";
import { type DraftAttachment, readDraft, saveDraft } from "./drafts";
import { patch } from "@/conversations/timeline";
import { overlay, requestComposer } from "@/shell/overlay";
import { me } from "@/sign_in/session";
import { announce, toast } from "@/ui/toasts";
import { succeeds } from "@/ui/problems";
import { storeRef } from "@/ui/stores";
import { uniqueKey } from "@/api/uniqueKey";
import { words } from "@/words";

type Later = NonNullable<ConversationOut["later"]>;

/** What the dialog begins with: the composer's words, or a reply that is planned already, which goes `at` a moment if nothing has stopped it. */
export const beginning = storeRef<{ text: string; files: DraftAttachment[]; cc: string[]; composed: boolean; at?: string | undefined } | null>(null);

export function begin(text: string, files: DraftAttachment[], cc: string[]): void {
  beginning.value = { text, files, cc, composed: true };
  overlay.value = "later";
}

export function change({ text, files, cc, at, stopped }: Later): void {
  beginning.value = { text, files, cc, composed: false, at: stopped === "" ? at : undefined };
  overlay.value = "later";
}

export async function plan(id: string, what: Omit<LaterIn, "key">): Promise<void> {
  await api.replyLater(id, { ...what, key: uniqueKey() });
  toast(words.global.t("later.done"));
}

export const cancel = (id: string): Promise<boolean> =>
  succeeds(async () => {
    await api.replyNever(id);
    patch(id, { later: null });
  });

/** Before what was begun in the composer meanwhile. */
export async function takeBack(id: string, { text, files, cc }: Later): Promise<void> {
  if (!(await cancel(id))) return;
  saveDraft(me.value.login, id, "reply", [text, readDraft(me.value.login, id, "reply")].filter(Boolean).join("\n\n"));
  restoreAttachments(me.value.login, id, "reply", files);
  saveCopies(me.value.login, id, cc);
  requestComposer("reply");
}

export function onStopped({ number, stopped }: Extract<ToDesk, { type: "later_stopped" }>): void {
  const text = words.global.t("later.told", { number, why: words.global.t(`later.stopped.${stopped}`) });
  toast(text, { tone: "bad" });
  announce(text);
}
