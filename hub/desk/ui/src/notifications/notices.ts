/** The notices that citizens are sent, as the desk shows them: newest first, and what the live line tells of each. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { NoticeIn, NoticeOut } from "@/api/types";
import { compareIds } from "@/api/ids";
import { store, storeRequest } from "@/ui/stores";

interface Sheet {
  notices: NoticeOut[] | null;
  channels: string[];
  more: boolean;
  problem: string;
}

export const noticeList = store<Sheet>(() => ({ notices: null, channels: [], more: false, problem: "" }));
const asking = storeRequest();

export const open = (): Promise<void> =>
  asking(
    api.notices(),
    ({ notices, channels, more }) => void Object.assign(noticeList, { notices, channels, more, problem: "" }),
    (error) => {
      noticeList.problem = explain(error);
    },
  );

export function leave(): void {
  asking.drop();
  noticeList.notices = null;
}

/** The line was down: what was told meanwhile was missed. */
export async function renew(): Promise<void> {
  if (noticeList.notices !== null) await open();
}

export async function loadMore(): Promise<void> {
  const before = noticeList.notices?.at(-1)?.id;
  if (before === undefined) return;
  const page = await api.notices(before);
  // Read anew meanwhile, or left: what follows another end is no sequel.
  if (noticeList.notices?.at(-1)?.id !== before) return;
  for (const each of page.notices) learn(each);
  noticeList.more = page.more;
}

export function learn(changed: NoticeOut): void {
  // What was asked for before may come without it.
  if (asking.waits()) asking.again(open);
  if (noticeList.notices === null) return;
  const others = noticeList.notices.filter(({ id }) => id !== changed.id);
  noticeList.notices = [...others, changed].toSorted((a, b) => compareIds(b.id, a.id));
}

export async function send(what: NoticeIn): Promise<NoticeOut> {
  const sent = await api.sendNotice(what);
  // The live line may have told of a later state already.
  if (!noticeList.notices?.some(({ id }) => id === sent.id)) learn(sent);
  return sent;
}
