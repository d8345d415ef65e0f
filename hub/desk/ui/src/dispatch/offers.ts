/** Conversations reserved for this operator until he accepts, rejects, or the time runs out. */

import type { ConversationOut } from "@/api/types";
import { storeList, storeRef } from "@/ui/stores";

export interface Offer {
  conversation: ConversationOut;
  /** In the hub's time. */
  until: number;
  seconds: number;
  /** Why it is offered, as a sentence. */
  why: string;
  /** Who has transferred it personally, and with which note. */
  by: string;
  note: string;
  /** Accepting or rejecting is under way. */
  busy: boolean;
}

const GRACE_MS = 3000;
/** A little longer than the rhythm in which the hub is told. */
const WRITES_MS = 4000;

/** The first is the one that is asked about. */
export const offers = storeList<Offer>();
const wroteMs = storeRef(0);
/** When a key answered an offer, by this machine's clock. */
const answeredMs = storeRef(0);
/** When another offer came to the front, by the same clock. */
const shownMs = storeRef(0);
/** The focus goes to the answer meanwhile: who goes on pressing the key, or does so when the next offer comes soon, means that offer. */
const FOLLOWS_MS = 1000;
const SOON_MS = 10_000;

/** Danger to life, then what a colleague has transferred, then the others in the order in which they came. */
const rank = ({ conversation, by }: Offer): number => (conversation.danger === null ? (by === "" ? 2 : 1) : 0);

export function addOffer(offer: Omit<Offer, "busy">): void {
  removeOffer(offer.conversation.id);
  const added = { ...offer, busy: false };
  const place = offers.findIndex((other) => rank(other) > rank(added));
  offers.splice(place < 0 ? offers.length : place, 0, added);
  if (place === 0 || offers.length === 1) shownMs.value = Date.now();
}

export function removeOffer(id: string): Offer | undefined {
  const index = offers.findIndex(({ conversation }) => conversation.id === id);
  if (index === 0) shownMs.value = Date.now();
  return index < 0 ? undefined : offers.splice(index, 1)[0];
}

function change(id: string, what: Partial<Offer>): void {
  const index = offers.findIndex(({ conversation }) => conversation.id === id);
  const offer = offers[index];
  if (offer !== undefined) offers[index] = { ...offer, ...what };
}

export const setBusy = (id: string, busy: boolean): void => change(id, { busy });
export const prolong = (id: string, until: number): void => change(id, { until });

/** He writes: the time of his offers stands. */
export function writes(now: number): void {
  wroteMs.value = now;
}

export const stands = (now: number): boolean => now - wroteMs.value < WRITES_MS;

export function answeredByKey(): void {
  answeredMs.value = Date.now();
}

export function isFollowUp(): boolean {
  const sinceAnswered = Date.now() - answeredMs.value;
  return sinceAnswered < SOON_MS && Math.min(sinceAnswered, Date.now() - shownMs.value) < FOLLOWS_MS;
}

/** The hub says when an offer ends; this only clears what it could not say because the line was down. */
export function dropStale(now: number): void {
  const stale = offers.filter(({ until }) => now > until + GRACE_MS);
  for (const { conversation } of stale) removeOffer(conversation.id);
}
