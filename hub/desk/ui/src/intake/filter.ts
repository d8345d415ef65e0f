/** What lies aside and who is blocked, as the screen of those who lead shows them: read when it is opened, and anew after each deed. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { BlockOut, PileOut } from "@/api/types";
import { store, storeRequest } from "@/ui/stores";

interface Sheet {
  piles: PileOut[] | null;
  blocks: BlockOut[];
  problem: string;
}

export const sheet = store<Sheet>(() => ({ piles: null, blocks: [], problem: "" }));
const latestRequest = storeRequest();

/** As many as the hub takes in one request. */
const AT_ONCE = 1000;

export const open = (): Promise<void> =>
  latestRequest(
    Promise.all([api.heldMessages(), api.blocks()]),
    ([piles, blocks]) => void Object.assign(sheet, { piles, blocks, problem: "" }),
    (error) => {
      sheet.problem = explain(error);
    },
  );

export function leave(): void {
  latestRequest.drop();
  sheet.piles = null;
}

/** Do it with all of a pile, however large it is; how many there were. */
export async function withAll(pile: PileOut, deed: (conversations: string[]) => Promise<{ done: number }>): Promise<number> {
  let done = 0;
  for (let at = 0; at < pile.conversations.length; at += AT_ONCE) {
    done += (await deed(pile.conversations.slice(at, at + AT_ONCE))).done;
  }
  await open();
  return done;
}
