/** What this room asks of the hub. */

import { del, get, post, put } from "@/api/client";
import type { CitizenIn, CodeIn, ConsentTextIn, SplitIn } from "@/api/types";

export const identity = (id: string) => get("/api/conversations/{conversation}/identity", { conversation: id });
export const citizenCard = (id: string) => get("/api/conversations/{conversation}/citizen", { conversation: id });
export const writeCitizen = (id: string, what: CitizenIn) => put("/api/conversations/{conversation}/citizen", { conversation: id }, what);
export const requestCode = (id: string, where: CodeIn) => post("/api/conversations/{conversation}/identity/code", { conversation: id }, where);
export const confirmCode = (id: string, code: string) => post("/api/conversations/{conversation}/identity/confirm", { conversation: id }, { code });
export const unlinkAddress = (id: string, what: SplitIn) => post("/api/conversations/{conversation}/identity/split", { conversation: id }, what);
export const history = (id: string, before?: string) => get("/api/conversations/{conversation}/history", { conversation: id, before });
export const pastConversation = (id: string, other: string, before?: string) =>
  get("/api/conversations/{conversation}/history/{other}", { conversation: id, other, before });
export const mergeable = (id: string) => get("/api/conversations/{conversation}/merges", { conversation: id });
export const previewMerge = (id: string, other: string) => get("/api/conversations/{conversation}/merges/{other}", { conversation: id, other });
export const merge = (id: string, other: string) => put("/api/conversations/{conversation}/merges/{other}", { conversation: id, other });
export const unmerge = (id: string, other: string) => del("/api/conversations/{conversation}/merges/{other}", { conversation: id, other });
export const consentTexts = () => get("/api/consents");
export const saveConsentText = (purpose: string, text: ConsentTextIn) => put("/api/consents/{purpose}", { purpose }, text);
export const approveConsentText = (purpose: string, version: number) => post("/api/consents/{purpose}/approve", { purpose }, { version });
