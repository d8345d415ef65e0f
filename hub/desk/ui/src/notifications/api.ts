/** What this room asks of the hub. */

import { del, get, post, put } from "@/api/client";
import type { AnnouncementIn, NoticeIn, PreviewIn, PushIn } from "@/api/types";

export const announcements = () => get("/api/announcements");
export const saveAnnouncement = (id: string, wording: AnnouncementIn) => put("/api/announcements/{announcement}", { announcement: id }, wording);
export const approveAnnouncement = (id: string, version: number) =>
  post("/api/announcements/{announcement}/approve", { announcement: id }, { version });
export const withdrawAnnouncement = (id: string) => post("/api/announcements/{announcement}/withdraw", { announcement: id });
export const notices = (before?: string) => get("/api/notices", { before });
export const sendNotice = (what: NoticeIn) => post("/api/notices", {}, what);
export const previewNotice = (to: PreviewIn) => post("/api/notices/preview", {}, to);
export const push = () => get("/api/push");
export const subscribe = (browser: PushIn) => put("/api/push", {}, browser);
export const unsubscribe = () => del("/api/push");
