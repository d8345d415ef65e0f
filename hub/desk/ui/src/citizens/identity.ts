/** Whose conversation it is that is open here: his proved addresses, the code that is awaited, what he came with before. */

import * as api from "./api";
import type { AddressOut, CitizenCardOut, ContactOut, IdentityOut } from "@/api/types";
import { me } from "@/sign_in/session";
import { conversation } from "@/conversations/timeline";
import { permittedCommands, mayOpen } from "@/conversations/views";
import { store, storeRequest } from "@/ui/stores";

interface CitizenIdentity {
  /** The conversation. */
  id: string;
  identity: IdentityOut | null;
  card: CitizenCardOut | null;
  contacts: ContactOut[];
  more: boolean;
  /** Those of them that could go on in this one. */
  mergeable: ContactOut[];
}

const NOBODY: CitizenIdentity = { id: "", identity: null, card: null, contacts: [], more: false, mergeable: [] };

export const citizen = store<CitizenIdentity>(() => ({ ...NOBODY }));
/** What the dialogs are about. */
export const chosen = store<{ address: AddressOut | null; contact: ContactOut | null }>(() => ({ address: null, contact: null }));
const latestRequest = storeRequest();

export async function show(id: string): Promise<void> {
  latestRequest.drop();
  Object.assign(citizen, NOBODY, { id });
  Object.assign(chosen, { address: null, contact: null });
  await renew();
}

export function leave(): void {
  latestRequest.drop();
  Object.assign(citizen, NOBODY);
}

/** The line was down, or the hub says that something has changed. A conversation that has none is shown without. */
export async function renew(): Promise<void> {
  const { id } = citizen;
  const head = conversation.value;
  if (id === "" || (head !== null && !mayOpen(head, me.value))) return;
  await latestRequest(
    Promise.all([api.identity(id), api.citizenCard(id), api.history(id), head !== null && permittedCommands(head, me.value).merge ? api.mergeable(id) : []]),
    ([identity, card, { contacts, more }, mergeable]) => void Object.assign(citizen, { identity, card, contacts, more, mergeable }),
    () => {},
  );
}

export async function onIdentityChanged(id: string): Promise<void> {
  if (id === citizen.id) await renew();
}

export async function loadEarlier(): Promise<void> {
  const { id } = citizen;
  const last = citizen.contacts.at(-1);
  if (last === undefined) return;
  const { contacts, more } = await api.history(id, last.id);
  if (citizen.id === id && citizen.contacts.at(-1) === last) Object.assign(citizen, { contacts: [...citizen.contacts, ...contacts], more });
}

export async function requestCode(id: string, channel: string, address: string): Promise<void> {
  update(id, await api.requestCode(id, { channel, address }));
}

export async function confirmCode(id: string, code: string): Promise<void> {
  update(id, await api.confirmCode(id, code));
}

export async function unlinkAddress(id: string, address: string, why: string): Promise<void> {
  update(id, await api.unlinkAddress(id, { address, why }));
}

/** The history comes after it by the live line. */
function update(id: string, identity: IdentityOut): void {
  if (citizen.id !== id) return;
  citizen.identity = identity;
  // What was asked for before is older.
  if (latestRequest.waits()) latestRequest.again(renew);
}
