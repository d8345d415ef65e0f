/** The desk's one outbox. */

import * as api from "@/conversations/api";
import { Outbox } from "./outbox";
import { toast } from "@/ui/toasts";
import { expired, isSignedIn, onSignOut } from "@/sign_in/session";
import { add } from "@/conversations/timeline";
import { words } from "@/words";
import { kept } from "@/ui/stores";

/** How long signing out waits for replies that could still be taken back. */
const LEAVING_MS = 3000;

export const deskOutbox = new Outbox({
  send: ({ conversation, tab, mentions }, { cc, ...words }, parting) =>
    tab === "note" ? api.note(conversation, { ...words, mentions: mentions ?? [] }, parting) : api.reply(conversation, { ...words, cc: cc ?? [] }, parting),
  arrived: add,
  refused: ({ problem }) => void toast(problem, { tone: "bad" }),
});

addEventListener("pagehide", () => deskOutbox.part());

/** Whoever leaves the desk to the next one leaves no words there: what could not be sent by now is said. */
onSignOut(async () => {
  const late = new Promise<boolean>((resolve) => setTimeout(resolve, LEAVING_MS, false));
  return (await Promise.race([deskOutbox.hurry(), late])) ? "" : words.global.t("unsend.lost");
});

/** Whose session has ended by itself finds them when he comes back. */
kept(deskOutbox, (outbox) => {
  if (isSignedIn() && !expired.value) outbox.clear();
});
