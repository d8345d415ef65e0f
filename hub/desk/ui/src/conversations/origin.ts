/** By which way each line of a timeline came, where several conversations of a citizen are one. */

import type { ConversationOut } from "@/api/types";
import { addressText, channelName } from "./channelNames";

export interface ContactAddress {
  /** The conversation. */
  id: string;
  number: string;
  channel: string;
  address: string;
  files: ConversationOut["files"];
}

/** The ways to the citizen: its own first, then those of what goes on in it. */
export const contactAddressesOf = ({ id, number, channel, address, files, parts }: ConversationOut): ContactAddress[] => [{ id, number, channel, address, files }, ...parts];

/** `SMS · +7 916 123-45-21` */
export const contactAddressText = ({ channel, address }: ContactAddress): string => [channelName(channel), addressText(address)].filter(Boolean).join(" · ");
