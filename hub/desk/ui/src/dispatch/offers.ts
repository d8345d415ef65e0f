/** Conversations reserved for this operator until he accepts, rejects, or the time runs out. */

import type { ConversationOut } from "@/api/types";
import { storeList } from "@/ui/stores";

export interface Offer {
  conversation: ConversationOut;
  /** In the hub's time. */
  until: number;
  seconds: number;
  /** Accepting or rejecting is under way. */
  busy: boolean;
}

const GRACE_MS = 3000;

export const offers = storeList<Offer>();

export function addOffer(offer: Omit<Offer, "busy">): void {
  removeOffer(offer.conversation.id);
  // Who is in danger is asked about before anything else.
  const place = offer.conversation.danger === null ? offers.length : 0;
  offers.splice(place, 0, { ...offer, busy: false });
}

export function removeOffer(id: string): Offer | undefined {
  const index = offers.findIndex(({ conversation }) => conversation.id === id);
  return index < 0 ? undefined : offers.splice(index, 1)[0];
}

export function setBusy(id: string, yes: boolean): void {
  const index = offers.findIndex(({ conversation }) => conversation.id === id);
  const offer = offers[index];
  if (offer !== undefined) offers[index] = { ...offer, busy: yes };
}

/** The hub says when an offer ends; this only clears what it could not say because the line was down. */
export function dropStale(now: number): void {
  const stale = offers.filter(({ until }) => now > until + GRACE_MS);
  for (const { conversation } of stale) removeOffer(conversation.id);
}
