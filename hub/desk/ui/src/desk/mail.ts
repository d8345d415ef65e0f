/** The desk's one outbox. */

import * as hub from "@/api/hub";
import { Outbox } from "@/desk/outbox";
import { show as notice } from "@/desk/notices";
import { add } from "@/desk/timeline";

export const mail = new Outbox({
  send: ({ conversation, tab }, words) => (tab === "note" ? hub.note : hub.reply)(conversation, words),
  arrived: add,
  refused: ({ problem }) => void notice(problem, { tone: "bad" }),
});
