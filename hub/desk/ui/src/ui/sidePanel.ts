/** What is listed beside the open conversation. That it cannot be read the conversation itself says. */

import { storeRequest } from "./stores";

export function sidePanelList<T>(beside: { conversation: string }, ask: (conversation: string) => Promise<T[]>, take: (rows: T[]) => void) {
  const asking = storeRequest();
  const renew = (): Promise<void> => asking(ask(beside.conversation), take, () => {});
  return {
    renew,
    async show(conversation: string): Promise<void> {
      beside.conversation = conversation;
      take([]);
      await renew();
    },
    /** They are shown no longer: nothing is told of them any more. */
    leave(): void {
      asking.drop();
      beside.conversation = "";
    },
    /** Something of them was told: what is awaited may come without it. */
    told(): void {
      if (asking.waits()) asking.again(renew);
    },
  };
}
