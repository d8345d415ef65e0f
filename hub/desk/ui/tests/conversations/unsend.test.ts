import { undoChatsS, undoLettersS } from "@/shell/preferences";
import { undoPeriodS } from "@/conversations/composer/unsend";
import { expect, test } from "vitest";

// GV-14
test.each([
  ["email.imap", 10, 0],
  ["fax.asterisk", 10, 0],
  ["web.form", 10, 0],
  ["sms.smpp", 10, 0],
  ["web.chat", 0, 5],
  ["messenger.max", 0, 5],
])("how long a reply by %s may be taken back is the operator's choice, a note goes at once", (channel, atFirst, chosen) => {
  [undoLettersS.value, undoChatsS.value] = [10, 0];
  expect([undoPeriodS(channel, "reply"), undoPeriodS(channel, "note")]).toEqual([atFirst, 0]);
  [undoLettersS.value, undoChatsS.value] = [0, 5];
  expect(undoPeriodS(channel, "reply")).toBe(chosen);
});
