/** What the citizen of the open conversation has agreed to and demands of his own data. */

import { explain, succeeds } from "@/ui/problems";
import * as casesApi from "@/cases/api";
import * as api from "./api";
import type { CorrectionIn, DeletionOut, DemandIn, DemandOut, Look, RefusalIn, RightsOut } from "@/api/types";
import { toast } from "@/ui/toasts";
import { type Overlay, overlay } from "@/shell/overlay";
import { me } from "@/sign_in/session";
import { conversation } from "@/conversations/timeline";
import { mayOpen } from "@/conversations/views";
import { store, storeRequest } from "@/ui/stores";

interface Own {
  /** The conversation. */
  id: string;
  rights: RightsOut | null;
  looks: Look[] | null;
  /** What the deletion that is looked at would take away. */
  deletion: DeletionOut | null;
  /** What a dialog is about. */
  demand: DemandOut | null;
}

const NOTHING: Own = { id: "", rights: null, looks: null, deletion: null, demand: null };
const DIALOGS: ReadonlySet<string> = new Set(["demand", "refuse", "correct", "looks", "erase", "prove", "withdraw"]);

export const own = store<Own>(() => ({ ...NOTHING }));
const asking = storeRequest();

export async function show(id: string): Promise<void> {
  asking.drop();
  Object.assign(own, NOTHING, { id });
  await renew();
}

export function leave(): void {
  asking.drop();
  Object.assign(own, NOTHING);
  if (overlay.value !== null && DIALOGS.has(overlay.value)) overlay.value = null;
}

export async function renew(): Promise<void> {
  const { id } = own;
  const head = conversation.value;
  if (id === "" || (head !== null && !mayOpen(head, me.value))) return;
  await asking(
    api.rights(id),
    (rights) => {
      own.rights = rights;
    },
    () => {},
  );
}

export async function heard(id: string): Promise<void> {
  if (id === own.id) await renew();
}

/** The dialog is open as long as the hub refuses. */
export async function doing(deed: () => Promise<unknown>): Promise<void> {
  await deed();
  overlay.value = null;
  await renew();
}

/** A button without a form. */
export const does = (deed: () => Promise<unknown>): Promise<boolean> => succeeds(() => doing(deed));

export const demand = (what: DemandIn): Promise<void> => doing(() => api.demand(own.id, what));
export const withdraw = (): Promise<boolean> => does(() => api.withdrawConsent(own.id));
export const refuse = (which: DemandOut, why: RefusalIn): Promise<void> => doing(() => api.refuseDemand(which, why));
export const correct = (which: DemandOut, what: CorrectionIn): Promise<void> => doing(() => api.correctDemand(which, what));

async function opening(dialog: Overlay, ask: () => Promise<void>): Promise<void> {
  overlay.value = dialog;
  try {
    await ask();
  } catch (error) {
    overlay.value = null;
    toast(explain(error), { tone: "bad" });
  }
}

export async function look(): Promise<void> {
  const { id } = own;
  own.looks = null;
  await opening("looks", async () => {
    const looks = await casesApi.looks(id);
    if (own.id === id) own.looks = looks;
  });
}

export async function weigh(which: DemandOut): Promise<void> {
  Object.assign(own, { demand: which, deletion: null });
  await opening("erase", async () => {
    const deletion = await api.deletion(which);
    if (own.demand === which) own.deletion = deletion;
  });
}
