/** What this room asks of the hub. */

import { address, get, post } from "@/api/client";
import type { CodeIn, CorrectionIn, DemandIn, DemandOut, RefusalIn } from "@/api/types";

export const rights = (id: string) => get("/api/conversations/{conversation}/rights", { conversation: id });
export const withdrawConsent = (id: string) => post("/api/conversations/{conversation}/rights/withdraw", { conversation: id });
export const requestProof = (id: string, where: CodeIn) => post("/api/conversations/{conversation}/rights/code", { conversation: id }, where);
export const createRequest = (id: string, what: DemandIn) => post("/api/conversations/{conversation}/demands", { conversation: id }, what);
export const refuseRequest = (which: DemandOut, why: RefusalIn) =>
  post("/api/conversations/{conversation}/demands/{demand}/refuse", { conversation: which.conversation, demand: which.id }, why);
export const prepareCopy = (which: DemandOut) =>
  post("/api/conversations/{conversation}/demands/{demand}/prepare", { conversation: which.conversation, demand: which.id });
export const handOverCopy = (which: DemandOut, here: boolean) =>
  post("/api/conversations/{conversation}/demands/{demand}/hand-over", { conversation: which.conversation, demand: which.id }, { here });
export const copyFile = (which: DemandOut) =>
  address("/api/conversations/{conversation}/demands/{demand}/file", { conversation: which.conversation, demand: which.id });
export const correctData = (which: DemandOut, what: CorrectionIn) =>
  post("/api/conversations/{conversation}/demands/{demand}/correct", { conversation: which.conversation, demand: which.id }, what);
export const undoCorrection = (which: DemandOut) =>
  post("/api/conversations/{conversation}/demands/{demand}/undo", { conversation: which.conversation, demand: which.id });
export const deletion = (which: DemandOut) =>
  get("/api/conversations/{conversation}/demands/{demand}/deletion", { conversation: which.conversation, demand: which.id });
export const proposeDeletion = (which: DemandOut) =>
  post("/api/conversations/{conversation}/demands/{demand}/propose", { conversation: which.conversation, demand: which.id });
export const approveDeletion = (which: DemandOut) =>
  post("/api/conversations/{conversation}/demands/{demand}/approve", { conversation: which.conversation, demand: which.id });
export const withdrawDeletion = (which: DemandOut) =>
  post("/api/conversations/{conversation}/demands/{demand}/take-back", { conversation: which.conversation, demand: which.id });
export const subjectRequests = () => get("/api/demands");
