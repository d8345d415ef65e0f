/** How drivers call and draw their channels, as the hub tells at sign-in. */

import type { ChannelTitleOut } from "@/api/types";
import { storeRef } from "@/ui/stores";

const titles = storeRef<ReadonlyMap<string, ChannelTitleOut>>(new Map());

export function setTitles(told: readonly ChannelTitleOut[]): void {
  titles.value = new Map(told.map((each) => [each.channel, each]));
}

/** A driver's own, or its family's. */
export const titleOf = (channel: string): ChannelTitleOut | undefined => titles.value.get(channel) ?? titles.value.get(channel.split(".")[0] ?? channel);

/** Answers go on paper: a person sends them. */
export const isByHand = (channel: string): boolean => titleOf(channel)?.by_hand ?? false;

/** What is heard there is spoken, not read. */
export const isSpoken = (channel: string): boolean => titleOf(channel)?.spoken ?? false;
