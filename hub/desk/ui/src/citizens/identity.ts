/** Whose conversation it is that is open here: his proved addresses, the code that is awaited, what he came with before. */

import * as api from "./api";
import type { AddressOut, ContactOut, IdentityOut } from "@/api/types";
import { me } from "@/sign_in/session";
import { conversation } from "@/conversations/timeline";
import { permittedCommands, mayOpen } from "@/conversations/views";
import { store, storeRequest } from "@/ui/stores";

interface Person {
  /** The conversation. */
  id: string;
  identity: IdentityOut | null;
  contacts: ContactOut[];
  more: boolean;
  /** Those of them that could go on in this one. */
  mergeable: ContactOut[];
}

const NOBODY: Person = { id: "", identity: null, contacts: [], more: false, mergeable: [] };

export const person = store<Person>(() => ({ ...NOBODY }));
/** What the dialogs are about. */
export const chosen = store<{ address: AddressOut | null; contact: ContactOut | null }>(() => ({ address: null, contact: null }));
const asking = storeRequest();

export async function show(id: string): Promise<void> {
  asking.drop();
  Object.assign(person, NOBODY, { id });
  Object.assign(chosen, { address: null, contact: null });
  await renew();
}

export function leave(): void {
  asking.drop();
  Object.assign(person, NOBODY);
}

/** The line was down, or the hub says that something has changed. A conversation that has none is shown without. */
export async function renew(): Promise<void> {
  const { id } = person;
  const head = conversation.value;
  if (id === "" || (head !== null && !mayOpen(head, me.value))) return;
  await asking(
    Promise.all([api.identity(id), api.history(id), head !== null && permittedCommands(head, me.value).merge ? api.mergeable(id) : []]),
    ([identity, { contacts, more }, mergeable]) => void Object.assign(person, { identity, contacts, more, mergeable }),
    () => {},
  );
}

export async function heard(id: string): Promise<void> {
  if (id === person.id) await renew();
}

export async function earlier(): Promise<void> {
  const { id } = person;
  const last = person.contacts.at(-1);
  if (last === undefined) return;
  const { contacts, more } = await api.history(id, last.id);
  if (person.id === id && person.contacts.at(-1) === last) Object.assign(person, { contacts: [...person.contacts, ...contacts], more });
}

export async function askCode(id: string, channel: string, address: string): Promise<void> {
  learn(id, await api.askCode(id, { channel, address }));
}

export async function confirmCode(id: string, code: string): Promise<void> {
  learn(id, await api.confirmCode(id, code));
}

export async function split(id: string, address: string, why: string): Promise<void> {
  learn(id, await api.split(id, { address, why }));
}

/** The history comes after it by the live line. */
function learn(id: string, identity: IdentityOut): void {
  if (person.id !== id) return;
  person.identity = identity;
  // What was asked for before is older.
  if (asking.waits()) asking.again(renew);
}
