import type { AnnouncementOut } from "@/api/types";
import { announcementList, leave, updateAnnouncement, nextChangeMs, open } from "@/notifications/announcements";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const NOW = Date.parse("2026-11-25T09:00:00Z");

const announcement = (id: string, change: Partial<AnnouncementOut> = {}): AnnouncementOut => ({
  id,
  version: 1,
  text: "Портал не работает",
  occasion: "greeting",
  queues: [],
  valid_from: "2026-11-25T08:00:00Z",
  valid_until: "2026-11-25T10:00:00Z",
  state: "in_force",
  written_by: "dina",
  written_name: "Дина",
  written: "2026-11-25T07:00:00Z",
  approved_by: "boss",
  approved_name: "Борис",
  approved: "2026-11-25T07:30:00Z",
  withdrawn: null,
  below: false,
  centre: "",
  ...change,
});

/** What the hub answers, and how often it was asked. */
let told: AnnouncementOut[] = [];
const asked = vi.fn<() => Promise<Response>>(async () => new Response(JSON.stringify(told), { status: 200 }));
const ids = (): string[] => (announcementList.announcements ?? []).map(({ id }) => id);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  vi.stubGlobal("fetch", asked);
  asked.mockClear();
});
afterEach(() => {
  leave();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what citizens hear comes first, what is over last", async () => {
  told = [announcement("over", { state: "expired" }), announcement("draft", { state: "draft" }), announcement("heard")];
  await open();
  expect(ids()).toEqual(["heard", "draft", "over"]);
  updateAnnouncement(announcement("draft", { state: "in_force", valid_from: "2026-11-25T08:30:00Z" }));
  expect(ids()).toEqual(["draft", "heard", "over"]);
});

test("nothing is kept of what nobody looks at", () => {
  updateAnnouncement(announcement("told"));
  expect(announcementList.announcements).toBeNull();
});

test("it is read anew when one comes into force or ends", async () => {
  told = [announcement("heard")];
  await open();
  told = [announcement("heard", { state: "expired" })];
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(asked).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(500);
  expect(announcementList.announcements?.[0]?.state).toBe("expired");
  await vi.advanceTimersByTimeAsync(100_000_000);
  expect(asked).toHaveBeenCalledTimes(2);
});

test("the next turn is the nearest moment ahead", () => {
  const later = announcement("later", { valid_from: "2026-11-25T09:30:00Z" });
  expect(nextChangeMs([announcement("a"), later], NOW)).toBe(Date.parse("2026-11-25T09:30:00Z"));
  expect(nextChangeMs([], NOW)).toBeUndefined();
});
