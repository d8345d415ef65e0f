/** What is done with a single message: quoting it, copying its words, giving its address to a colleague. */

import type { EntryOut } from "@/api/types";
import { address } from "@/shell/route";
import { insert, requestComposer } from "@/shell/overlay";
import { toast } from "@/ui/toasts";
import { words } from "@/words";

/** Each line behind a mark, as mail programs do, and an empty line for what is said to it. */
export const quoted = (text: string): string => `${text.trim().split("\n").map((line) => `> ${line}`.trimEnd()).join("\n")}\n\n`;

/** A note stays among colleagues: it is quoted in a note, never in a reply. */
export function quote({ kind, text }: EntryOut): void {
  if (kind === "note") requestComposer("note");
  insert(quoted(text));
}

/** Without HTTPS there is no clipboard for scripts: what was to be copied is then shown. */
async function copy(text: string, done: string): Promise<void> {
  const copied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
  toast(copied ? words.global.t(done) : text);
}

export const copyText = ({ text }: EntryOut): Promise<void> => copy(text, "message.copied");

/** For a colleague: it opens where they may see it, at the message where one is meant. */
export const copyLink = (id: string, item = ""): Promise<void> =>
  copy(new URL(address({ screen: "inbox", view: "mine", id, item }), location.href).href, "timeline.linkCopied");
