/** The notices that citizens are sent, as the desk shows them: newest first, and what the live line tells of each. */

import * as hub from "@/api/hub";
import type { NoticeIn, NoticeOut } from "@/api/types";
import { explain } from "@/actions/conversationCommands";
import { compareIds } from "@/api/ids";
import { latest } from "@/api/latest";
import { shallowReactive } from "vue";

interface Sheet {
  notices: NoticeOut[] | null;
  channels: string[];
  more: boolean;
  problem: string;
}

export const outreach = shallowReactive<Sheet>({ notices: null, channels: [], more: false, problem: "" });
const asking = latest();

export const open = (): Promise<void> =>
  asking(
    hub.notices(),
    ({ notices, channels, more }) => void Object.assign(outreach, { notices, channels, more, problem: "" }),
    (error) => {
      outreach.problem = explain(error);
    },
  );

export function leave(): void {
  asking.drop();
  outreach.notices = null;
}

/** The line was down: what was told meanwhile was missed. */
export async function renew(): Promise<void> {
  if (outreach.notices !== null) await open();
}

export async function loadMore(): Promise<void> {
  const before = outreach.notices?.at(-1)?.id;
  if (before === undefined) return;
  const page = await hub.notices(before);
  // Read anew meanwhile, or left: what follows another end is no sequel.
  if (outreach.notices?.at(-1)?.id !== before) return;
  for (const each of page.notices) learn(each);
  outreach.more = page.more;
}

export function learn(changed: NoticeOut): void {
  // What was asked for before may come without it.
  if (asking.waits()) asking.again(open);
  if (outreach.notices === null) return;
  const others = outreach.notices.filter(({ id }) => id !== changed.id);
  outreach.notices = [...others, changed].toSorted((a, b) => compareIds(b.id, a.id));
}

export async function send(what: NoticeIn): Promise<NoticeOut> {
  const sent = await hub.sendNotice(what);
  // The live line may have told of a later state already.
  if (!outreach.notices?.some(({ id }) => id === sent.id)) learn(sent);
  return sent;
}
