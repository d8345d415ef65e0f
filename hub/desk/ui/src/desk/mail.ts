/** The desk's one outbox. */

import * as hub from "@/api/hub";
import { Outbox } from "@/desk/outbox";
import { show as notice } from "@/desk/notices";
import { add } from "@/desk/timeline";

export const mail = new Outbox({
  send: ({ conversation, tab, mentions }, words) => (tab === "note" ? hub.note(conversation, { ...words, mentions: mentions ?? [] }) : hub.reply(conversation, words)),
  arrived: add,
  refused: ({ problem }) => void notice(problem, { tone: "bad" }),
});
