/** How the channels are: asked once, then told by the live line. One that goes down is told like a line that gets too slow. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { ChannelOut } from "@/api/types";
import { channelWords } from "@/conversations/channelNames";
import { announce, toast } from "@/ui/toasts";
import { may } from "@/sign_in/session";
import { words } from "@/words";
import { computed } from "vue";
import { store, storeRequest } from "@/ui/stores";

interface Board {
  list: ChannelOut[] | null;
  problem: string;
}

export const channels = store<Board>(() => ({ list: null, problem: "" }));
export const down = computed(() => (channels.list ?? []).filter(({ up }) => !up).length);
const asking = storeRequest();

/** After every (re)connection: what was told meanwhile was missed. */
export async function renew(): Promise<void> {
  if (!may("see_all")) {
    forget();
    return;
  }
  await asking(
    api.channels(),
    (list) => {
      learn(list);
      channels.problem = "";
    },
    (error) => {
      channels.problem = explain(error);
    },
  );
}

/** All of them: an answer that is awaited is older. */
export function learn(list: ChannelOut[]): void {
  asking.drop();
  const before = new Map((channels.list ?? []).map((one) => [one.channel, one.up]));
  channels.list = list;
  for (const one of list) {
    const was = before.get(one.channel);
    if (was !== undefined && was !== one.up) announceChange(one);
  }
}

export function forget(): void {
  asking.drop();
  Object.assign(channels, { list: null, problem: "" });
}

function announceChange({ channel, up, words: why }: ChannelOut): void {
  const { t } = words.global;
  const said = up ? t("channels.back", { channel: channelWords(channel) }) : t("channels.lost", { channel: channelWords(channel), why });
  toast(said, { tone: up ? "plain" : "bad" });
  announce(said);
}
