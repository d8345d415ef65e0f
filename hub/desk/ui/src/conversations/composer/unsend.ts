/** Second thoughts: for some seconds after «Отправить» a reply waits in the outbox, and its author may have it back. */

import { restoreAttachments } from "./attachments";
import { type DraftAttachment, type Tab, isLetter, saveDraft, readDraft } from "./drafts";
import { saveCopies } from "./copies";
import { shownIn } from "@/conversations/inbox";
import { deskOutbox } from "./deskOutbox";
import { announce } from "@/ui/toasts";
import { undoChatsS, undoLettersS } from "@/shell/preferences";
import { go } from "@/shell/route";
import { requestComposer } from "@/shell/overlay";
import { me } from "@/sign_in/session";
import { open } from "@/conversations/timeline";
import { uniqueKey } from "@/api/uniqueKey";
import { words } from "@/words";

/** SMS are letters here: whoever gets one has it. */
const takenAtOnce = (channel: string): boolean => isLetter(channel) || channel.startsWith("sms.");

export const undoPeriodS = (channel: string, tab: Tab): number => (tab === "note" ? 0 : (takenAtOnce(channel) ? undoLettersS : undoChatsS).value);

export function send(conversation: string, channel: string, tab: Tab, text: string, mentions: string[], files: DraftAttachment[], cc: string[] = []): void {
  const seconds = undoPeriodS(channel, tab);
  deskOutbox.add({ key: uniqueKey(), conversation, tab, text, mentions, files, cc, at: Date.now() }, seconds * 1000);
  if (seconds > 0) announce(words.global.t("unsend.spoken", { n: seconds }));
}

/** Back into the composer, before what was begun there meanwhile; not what is on its way already. */
export function restoreUnsent(key: string): void {
  const unsent = deskOutbox.takeBack(key);
  if (unsent === undefined) return;
  const { tab, text, files, cc } = unsent;
  const conversation = shownIn(unsent.conversation);
  const begun = readDraft(me.value.login, conversation, tab);
  saveDraft(me.value.login, conversation, tab, [text, begun].filter(Boolean).join("\n\n"));
  restoreAttachments(me.value.login, conversation, tab, files ?? []);
  if (tab === "reply" && cc !== undefined) saveCopies(me.value.login, unsent.conversation, cc);
  if (open.id !== conversation) go({ screen: "inbox", view: "mine", id: conversation });
  requestComposer(tab);
  announce(words.global.t("unsend.back"));
}

/** The newest reply that has not gone yet, wherever it was written. */
export function unsend(): void {
  const newest = deskOutbox.newest();
  if (newest !== undefined) restoreUnsent(newest.key);
}
