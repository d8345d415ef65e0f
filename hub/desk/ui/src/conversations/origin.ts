/** By which way each line of a timeline came, where several conversations of a citizen are one. */

import type { ConversationOut } from "@/api/types";
import { addressText, channelWords } from "./channelNames";

export interface Way {
  /** The conversation. */
  id: string;
  number: string;
  channel: string;
  address: string;
  files: ConversationOut["files"];
}

/** The ways to the citizen: its own first, then those of what goes on in it. */
export const waysOf = ({ id, number, channel, address, files, parts }: ConversationOut): Way[] => [{ id, number, channel, address, files }, ...parts];

/** `SMS · +7 916 123-45-21` */
export const wayText = ({ channel, address }: Way): string => [channelWords(channel), addressText(address)].filter(Boolean).join(" · ");
