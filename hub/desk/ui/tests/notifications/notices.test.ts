import { updateNotice, noticeList } from "@/notifications/notices";
import type { NoticeOut } from "@/api/types";
import { beforeEach, expect, test } from "vitest";

const notice = (id: string, change: Partial<NoticeOut> = {}): NoticeOut => ({
  id,
  key: `key-${id}`,
  channel: "sms.smpp",
  address: "+79161234567",
  text: "Готово",
  ground: "request",
  urgent: false,
  at: "2026-11-25T10:00:00Z",
  due: "2026-11-25T10:00:00Z",
  by: "boss",
  by_name: "Борис",
  state: "pending",
  why: "",
  conversation: "",
  ...change,
});

beforeEach(() => {
  noticeList.notices = [];
});

test("the newest stands first, however long its id is", () => {
  for (const id of ["9", "100", "20"]) updateNotice(notice(id));
  expect(noticeList.notices?.map(({ id }) => id)).toEqual(["100", "20", "9"]);
});

test("what became of a notice replaces what was known of it", () => {
  updateNotice(notice("1"));
  updateNotice(notice("1", { state: "delivered" }));
  expect(noticeList.notices?.map(({ state }) => state)).toEqual(["delivered"]);
});

test("nothing is remembered while nobody looks", () => {
  noticeList.notices = null;
  updateNotice(notice("1"));
  expect(noticeList.notices).toBeNull();
});
