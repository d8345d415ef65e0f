/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import { Refused, upload } from "@/api/request";
import type { Attachment, CloseIn, LaterIn, NoteIn, ReasonIn, RecordingIn, ReleaseIn, ReplyIn, SavedViewIn, SnoozeIn, TagIn, TransferIn } from "@/api/types";
import type { View } from "./views";

/** Words or a number, and what narrows it down. */
export interface SearchQuery {
  text: string;
  before?: string | undefined;
  channel?: string | undefined;
  topic?: string | undefined;
  operator?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  state?: "" | "open" | "closed" | undefined;
}


export const timeline = (id: string, before?: string) => get("/api/conversations/{conversation}", { conversation: id, before });
export const stateReason = (id: string, what: ReasonIn) => post("/api/conversations/{conversation}/reason", { conversation: id }, what);
export const accept = (id: string) => post("/api/conversations/{conversation}/accept", { conversation: id });
export const reject = (id: string) => post("/api/conversations/{conversation}/reject", { conversation: id });
export const take = (id: string) => post("/api/conversations/{conversation}/take", { conversation: id });
export const mentionable = (id: string) => get("/api/conversations/{conversation}/colleagues", { conversation: id });
export const mentionRead = (id: string) => del("/api/conversations/{conversation}/mention", { conversation: id });
export const follow = (id: string) => put("/api/conversations/{conversation}/follow", { conversation: id });
export const unfollow = (id: string) => del("/api/conversations/{conversation}/follow", { conversation: id });
export const replyLater = (id: string, what: LaterIn) => put("/api/conversations/{conversation}/later", { conversation: id }, what);
export const replyNever = (id: string) => del("/api/conversations/{conversation}/later", { conversation: id });
export const nextMorning = (id: string) => get("/api/conversations/{conversation}/morning", { conversation: id });
export const snooze = (id: string, what: SnoozeIn) => put("/api/conversations/{conversation}/snooze", { conversation: id }, what);
export const putTag = (id: string, what: TagIn) => put("/api/conversations/{conversation}/tags", { conversation: id }, what);
export const endSnooze = (id: string) => del("/api/conversations/{conversation}/snooze", { conversation: id });
export const reply = (id: string, words: ReplyIn, parting = false) =>
  post("/api/conversations/{conversation}/reply", { conversation: id }, words, parting);
export const note = (id: string, words: NoteIn, parting = false) =>
  post("/api/conversations/{conversation}/note", { conversation: id }, words, parting);
export const transfer = (id: string, to: TransferIn) => post("/api/conversations/{conversation}/transfer", { conversation: id }, to);
export const pauseRecording = (id: string, what: RecordingIn) => post("/api/conversations/{conversation}/recording", { conversation: id }, what);
export const close = (id: string, how: CloseIn) => post("/api/conversations/{conversation}/close", { conversation: id }, how);
export const release = (id: string, what: ReleaseIn) => post("/api/conversations/{conversation}/release", { conversation: id }, what);
export const quarantine = () => get("/api/quarantine");
export const fileAddress = (file: string, id: string) => address("/api/files/{file}", { file, conversation: id });
/** Of a recorded talk that is to be kept elsewhere. */
export const saveAddress = (file: string, id: string) => address("/api/files/{file}", { file, conversation: id, save: true });
export const search = (what: SearchQuery) => get("/api/search", { ...what });
export const reopen = (id: string) => post("/api/conversations/{conversation}/reopen", { conversation: id });
export const inbox = (view: View, after?: string) => (view === "promised" ? get("/api/promises", { after }) : get("/api/inbox", { view, after }));
export const filtered = (query: Record<string, string | number>) => get("/api/inbox/filtered", query);
export const views = () => get("/api/views");
export const putView = (id: string, what: SavedViewIn) => put("/api/views/{view}", { view: id }, what);
export const dropView = (id: string) => del("/api/views/{view}", { view: id });
export const uploadAttachment = (id: string, file: File, told: (part: number) => void, signal: AbortSignal) =>
  upload<Attachment>(address("/api/conversations/{conversation}/files", { conversation: id, name: file.name }), file, told, signal);
/** As a whole: each asking is one listening in the audit. */
export async function fileBytes(file: string, id: string): Promise<Blob> {
  const answer = await fetch(fileAddress(file, id), { credentials: "same-origin" }).catch(() => null);
  if (answer === null) throw new Refused(0, "unreachable", "");
  if (!answer.ok) throw new Refused(answer.status, "no_such_file", "");
  return answer.blob();
}
/** What a file says, to be shown here; everything else is downloaded. */
export async function fileText(file: string, id: string): Promise<string> {
  const answer = await fetch(fileAddress(file, id), { credentials: "same-origin" });
  if (!answer.ok) throw new Refused(answer.status, "no_such_file", "");
  return answer.text();
}
