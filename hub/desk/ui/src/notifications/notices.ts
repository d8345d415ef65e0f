/** The notices that citizens are sent, as the desk shows them: newest first, and what the live line tells of each. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { NoticeIn, NoticeOut } from "@/api/types";
import { compareIds } from "@/api/ids";
import { store, storeRequest } from "@/ui/stores";

interface NoticeList {
  notices: NoticeOut[] | null;
  channels: string[];
  more: boolean;
  problem: string;
}

export const noticeList = store<NoticeList>(() => ({ notices: null, channels: [], more: false, problem: "" }));
const latestRequest = storeRequest();

export const open = (): Promise<void> =>
  latestRequest(
    api.notices(),
    ({ notices, channels, more }) => void Object.assign(noticeList, { notices, channels, more, problem: "" }),
    (error) => {
      noticeList.problem = explain(error);
    },
  );

export function leave(): void {
  latestRequest.drop();
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
  for (const each of page.notices) updateNotice(each);
  noticeList.more = page.more;
}

export function updateNotice(changed: NoticeOut): void {
  // What was asked for before may come without it.
  if (latestRequest.waits()) latestRequest.again(open);
  if (noticeList.notices === null) return;
  const others = noticeList.notices.filter(({ id }) => id !== changed.id);
  noticeList.notices = [...others, changed].toSorted((a, b) => compareIds(b.id, a.id));
}

export async function send(what: NoticeIn): Promise<NoticeOut> {
  const sent = await api.sendNotice(what);
  // The live line may have told of a later state already.
  if (!noticeList.notices?.some(({ id }) => id === sent.id)) updateNotice(sent);
  return sent;
}
