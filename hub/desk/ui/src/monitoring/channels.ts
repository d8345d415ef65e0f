/** How the channels are: asked once, then told by the live line. One that goes down is told like a line that gets too slow. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { ChannelOut } from "@/api/types";
import { channelName } from "@/conversations/channelNames";
import { announce, toast } from "@/ui/toasts";
import { may } from "@/sign_in/session";
import { words } from "@/words";
import { computed } from "vue";
import { store, storeRequest } from "@/ui/stores";

interface ChannelList {
  list: ChannelOut[] | null;
  problem: string;
}

export const channels = store<ChannelList>(() => ({ list: null, problem: "" }));
export const down = computed(() => (channels.list ?? []).filter(({ up }) => !up).length);
const latestRequest = storeRequest();

/** After every (re)connection: what was told meanwhile was missed. */
export async function renew(): Promise<void> {
  if (!may("see_all")) {
    forget();
    return;
  }
  await latestRequest(
    api.channels(),
    (list) => {
      setChannels(list);
      channels.problem = "";
    },
    (error) => {
      channels.problem = explain(error);
    },
  );
}

/** All of them: an answer that is awaited is older. */
export function setChannels(list: ChannelOut[]): void {
  latestRequest.drop();
  const before = new Map((channels.list ?? []).map((one) => [one.channel, one.up]));
  channels.list = list;
  for (const one of list) {
    const was = before.get(one.channel);
    if (was !== undefined && was !== one.up) announceChange(one);
  }
}

export function forget(): void {
  latestRequest.drop();
  Object.assign(channels, { list: null, problem: "" });
}

function announceChange({ channel, up, words: why }: ChannelOut): void {
  const { t } = words.global;
  const said = up ? t("channels.back", { channel: channelName(channel) }) : t("channels.lost", { channel: channelName(channel), why });
  toast(said, { tone: up ? "plain" : "bad" });
  announce(said);
}
