import type { FiguresOut, SumsOut } from "@/api/types";
import { ceiling, close, list, open, parts, share, sheet, shiftDay, slots, invalidate } from "@/reporting/dayFigures";
import { updateConversations } from "@/conversations/inbox";
import { adopt } from "@/sign_in/session";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { conversation } from "../fixtures";

const NOW = "2026-11-24T09:00:00Z";

const sums = (change: Partial<SumsOut> = {}): SumsOut =>
  ({ start: "2026-11-23T21:00:00Z", offered: 0, answered: 0, in_time: 0, left: 0, promised: 0, waiting: 0, ...change }) as SumsOut;

const day = (name: string, length = 1): FiguresOut => ({
  day: name,
  today: "2026-11-24",
  timezone: "Europe/Moscow",
  now: NOW,
  centres: [{ id: "001", title: "Центр" }],
  columns: [],
  intervals: Array.from({ length }, () => sums()),
  total: sums(),
});

/** What the hub was asked for; it answers for the day that is named, or today. */
const asked: string[] = [];

function answer(path: string): unknown {
  if (path.startsWith("/api/inbox")) return { conversations: [], more: false };
  if (path.includes("/breaches")) return { breaches: [], more: false };
  return day(/day=([\d-]+)/u.exec(path)?.[1] ?? "2026-11-24");
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(NOW) });
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return Promise.resolve(new Response(JSON.stringify(answer(path))));
  });
  const nobody = { role: "supervisor" as const, own_title: "", name: "", presence: "offline" as const, csrf: "", must_change_password: false, must_enrol: false };
  adopt({ ...nobody, login: "boss", permissions: ["see_all", "see_figures"], queues: [], centre: "", all_queues: [], all_topics: [], closing_fields: [], all_skills: [], passes: false, directory: [], centres: [], contractors: [], histories: false, presence_until: null, loan: null, linked: false, channels: [], timezone: "Europe/Moscow" });
});

afterEach(() => {
  close();
  asked.splice(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const figuresAsked = (): number => asked.filter((path) => path.startsWith("/api/figures?")).length;

test("what became of all adds up to all", () => {
  const of = sums({ offered: 10, answered: 6, in_time: 4, promised: 1, left: 2, waiting: 1 });
  expect(parts(of).map(({ count }) => count)).toEqual([4, 2, 1, 2, 1]);
});

test("no share is rounded up to what it is not", () => {
  expect([share(9999, 10_000, "ru"), share(1, 3, "ru"), share(5, 5, "ru"), share(0, 0, "ru")]).toEqual(["99,9\u00a0%", "33,3\u00a0%", "100\u00a0%", "—"]);
});

test("everything fits under a round number", () => {
  expect([0, 1, 3, 4, 5, 10, 11, 25, 99, 101, 700].map(ceiling)).toEqual([2, 2, 3, 4, 6, 10, 20, 30, 100, 200, 800]);
});

test("a day that goes on has room for what is to come, and one of 23 hours has none too much", () => {
  expect([slots(day("2026-11-24", 5), 30), slots(day("2026-03-29", 46), 30)]).toEqual([48, 46]);
});

test("days are turned over months", () => {
  expect([shiftDay("2026-03-01", -1), shiftDay("2026-12-31", 1)]).toEqual(["2026-02-28", "2027-01-01"]);
});

test("today is read again when something happens, and not more often than every few seconds", async () => {
  await open("");
  expect(figuresAsked()).toBe(1);
  for (let n = 0; n < 20; n += 1) invalidate();
  await vi.advanceTimersByTimeAsync(3100);
  expect(figuresAsked()).toBe(2);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(figuresAsked()).toBe(2);
  close();
  invalidate();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(figuresAsked()).toBe(2);
});

test("a day that is over is left alone", async () => {
  await open("2026-11-23");
  invalidate();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(figuresAsked()).toBe(1);
});

test("whoever has waited for 20 seconds is shown though nothing is told of him", async () => {
  updateConversations([conversation({ id: "77", waiting_since: new Date(Date.now() - 15_000).toISOString() })]);
  await open("");
  await vi.advanceTimersByTimeAsync(5000);
  expect(figuresAsked()).toBe(1);
  await vi.advanceTimersByTimeAsync(3100);
  expect(figuresAsked()).toBe(2);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(figuresAsked()).toBe(2);
});

test("the list of an interval is put away by asking for it again", async () => {
  await open("2026-11-23");
  await list("2026-11-23T10:00:00Z");
  await list("2026-11-23T10:00:00Z");
  const starts = asked.filter((path) => path.includes("/breaches")).map((path) => new URLSearchParams(path.split("?")[1]).get("start"));
  expect(starts).toEqual([null, "2026-11-23T10:00:00Z", null]);
  expect(sheet.problem).toBe("");
});
