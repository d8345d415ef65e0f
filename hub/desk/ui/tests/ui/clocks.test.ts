import { ago, clockText, dayName, dueTone, holdingTone, longDate, timeIn, waitingTone } from "@/ui/clocks";
import { expect, test } from "vitest";

const S = 1000;
const M = 60 * S;

test("a citizen waits green below 10 s, amber to 20 s, red beyond", () => {
  expect([0, 9.9 * S, 10 * S, 20 * S, 20.1 * S].map(waitingTone)).toEqual(["good", "good", "warn", "warn", "bad"]);
});

test("a talk turns amber at 8 minutes and red at 10", () => {
  expect([21, 20, 6, 5, -1].map((left) => dueTone(left, 100))).toEqual(["good", "warn", "warn", "bad", "bad"]);
  expect([7.9 * M, 8 * M, 9.9 * M, 10 * M].map(holdingTone)).toEqual(["good", "warn", "warn", "bad"]);
});

test("clocks have as many parts as they need", () => {
  expect([0, 7 * S, 12 * M + 45 * S, 62 * M + 3 * S, -5 * S].map((ms) => clockText(ms, "ru"))).toEqual([
    "0:00",
    "0:07",
    "12:45",
    "1:02:03",
    "0:00",
  ]);
  expect(clockText(50 * 60 * M, "ru")).toMatch(/^2\s/u);
});

test("relative times are Russian", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  expect(ago(now - 20 * S, now, "ru")).toBe("сейчас");
  expect(ago(now - 3 * M, now, "ru")).toBe("3 минуты назад");
  expect(ago(now - 26 * 60 * M, now, "ru")).toBe("вчера");
  expect(ago(now + 5 * S, now, "ru")).toBe("сейчас");
});

test("days are named by how far they are", () => {
  const now = new Date(2026, 10, 24, 0, 30).getTime();
  expect(dayName(now, now, "ru")).toBe("сегодня");
  expect(dayName(now - 60 * M, now, "ru")).toBe("вчера");
  expect(dayName(new Date(2026, 10, 12).getTime(), now, "ru")).toBe("12 ноября");
  expect(dayName(new Date(2025, 10, 12).getTime(), now, "ru")).toContain("2025");
});

test("a time of the centre is told on its own clock, and a day is the same on every clock", () => {
  const at = Date.parse("2026-11-23T21:05:09Z");
  expect([timeIn(at, "Europe/Moscow", "ru"), timeIn(at, "Asia/Vladivostok", "ru", true)]).toEqual(["00:05", "07:05:09"]);
  expect(longDate("2026-11-24", "ru")).toMatch(/^вторник, 24 ноября 2026\sг\.$/u);
  expect(longDate("", "ru")).toBe("");
});
