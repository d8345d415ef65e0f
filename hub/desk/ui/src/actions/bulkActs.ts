/** One act on all that were chosen: each is asked for by itself, and what was refused is told with its reason. */

import * as api from "./api";
import { clearSelection, groupBy } from "./selection";
import { Refused } from "@/api/request";
import type { ConversationOut } from "@/api/types";
import * as conversationsApi from "@/conversations/api";
import { explain } from "@/ui/problems";
import { toast } from "@/ui/toasts";
import { words } from "@/words";

type Act = (row: ConversationOut) => Promise<unknown>;

/** How many were done, of which the others may be undone. */
async function each(rows: readonly ConversationOut[], act: Act): Promise<{ done: ConversationOut[]; refusals: string[] }> {
  const [done, refusals]: [ConversationOut[], string[]] = [[], []];
  for (const row of rows) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- a desk does not flood its hub
      await act(row);
      done.push(row);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusals.push(explain(error));
    }
  }
  return { done, refusals };
}

async function act(name: "take" | "close" | "promise", rows: readonly ConversationOut[], what: Act, back: Act): Promise<boolean> {
  const { t } = words.global;
  const { done, refusals } = await each(rows, what);
  clearSelection();
  const left = [...groupBy(refusals, (why) => why)].map(([why, those]) => t("rearrange.staying", { n: those.length, why }));
  const undo = async (): Promise<void> => {
    const undone = await each(done, back);
    toast([t("bulk.undone", undone.done.length), ...undone.refusals.slice(0, 1)].join(" "));
  };
  toast([t(`bulk.${name}.done`, done.length), ...left].join(" "), done.length > 0 ? { undo: () => void undo() } : { tone: "bad" });
  return done.length > 0;
}

const toQueue = ({ id, holder }: ConversationOut): Promise<unknown> => conversationsApi.transfer(id, { queue: holder.queue, operator: holder.operator, note: "" });

export const takeAll = (rows: readonly ConversationOut[]): Promise<boolean> => act("take", rows, ({ id }) => conversationsApi.take(id), toQueue);

/** What waited goes back to its queue; what was held comes to whoever undoes it. */
export const closeAll = (rows: readonly ConversationOut[], topic: string): Promise<boolean> =>
  act(
    "close",
    rows,
    ({ id }) => conversationsApi.close(id, { answers: {}, topic, why: "" }),
    async (row) => {
      await conversationsApi.reopen(row.id);
      if (row.holder.kind === "queue") await toQueue(row);
    },
  );

export const promiseAll = (rows: readonly ConversationOut[], why: string): Promise<boolean> =>
  act("promise", rows, ({ id }) => api.promise(id, { why, number: "" }), ({ id }) => conversationsApi.take(id));
