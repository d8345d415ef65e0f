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

interface SubjectRights {
  /** The conversation. */
  id: string;
  rights: RightsOut | null;
  looks: Look[] | null;
  /** What the deletion that is looked at would take away. */
  deletion: DeletionOut | null;
  /** What a dialog is about. */
  demand: DemandOut | null;
}

const NOTHING: SubjectRights = { id: "", rights: null, looks: null, deletion: null, demand: null };
const DIALOGS: ReadonlySet<string> = new Set(["demand", "refuse", "correct", "looks", "erase", "prove", "withdraw"]);

export const subjectRights = store<SubjectRights>(() => ({ ...NOTHING }));
const latestRequest = storeRequest();

export async function show(id: string): Promise<void> {
  latestRequest.drop();
  Object.assign(subjectRights, NOTHING, { id });
  await renew();
}

export function leave(): void {
  latestRequest.drop();
  Object.assign(subjectRights, NOTHING);
  if (overlay.value !== null && DIALOGS.has(overlay.value)) overlay.value = null;
}

export async function renew(): Promise<void> {
  const { id } = subjectRights;
  const head = conversation.value;
  if (id === "" || (head !== null && !mayOpen(head, me.value))) return;
  await latestRequest(
    api.rights(id),
    (rights) => {
      subjectRights.rights = rights;
    },
    () => {},
  );
}

export async function onRightsChanged(id: string): Promise<void> {
  if (id === subjectRights.id) await renew();
}

/** The dialog is open as long as the hub refuses. */
export async function runInDialog(deed: () => Promise<unknown>): Promise<void> {
  await deed();
  overlay.value = null;
  await renew();
}

/** A button without a form. */
export const tryRun = (deed: () => Promise<unknown>): Promise<boolean> => succeeds(() => runInDialog(deed));

export const createRequest = (what: DemandIn): Promise<void> => runInDialog(() => api.createRequest(subjectRights.id, what));
export const withdraw = (): Promise<boolean> => tryRun(() => api.withdrawConsent(subjectRights.id));
export const refuse = (which: DemandOut, why: RefusalIn): Promise<void> => runInDialog(() => api.refuseRequest(which, why));
export const correct = (which: DemandOut, what: CorrectionIn): Promise<void> => runInDialog(() => api.correctData(which, what));

async function opening(dialog: Overlay, ask: () => Promise<void>): Promise<void> {
  overlay.value = dialog;
  try {
    await ask();
  } catch (error) {
    overlay.value = null;
    toast(explain(error), { tone: "bad" });
  }
}

export async function loadAccessLog(): Promise<void> {
  const { id } = subjectRights;
  subjectRights.looks = null;
  await opening("looks", async () => {
    const looks = await casesApi.accessLog(id);
    if (subjectRights.id === id) subjectRights.looks = looks;
  });
}

export async function previewDeletion(which: DemandOut): Promise<void> {
  Object.assign(subjectRights, { demand: which, deletion: null });
  await opening("erase", async () => {
    const deletion = await api.deletion(which);
    if (subjectRights.demand === which) subjectRights.deletion = deletion;
  });
}
