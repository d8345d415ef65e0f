import { days, ending, correctedPeriod } from "@/robot/period";
import { expect, test } from "vitest";

const TODAY = "2026-11-24";

test("a period ends with a day and has so many", () => {
  expect(ending(TODAY, 7)).toEqual({ first: "2026-11-18", last: TODAY });
  expect(days(ending(TODAY, 31))).toBe(31);
  expect(days(ending("2026-03-30", 1))).toBe(1);
});

test.each([
  [{ first: "2026-11-20", last: "2026-11-24" }, "first", { first: "2026-11-20", last: "2026-11-24" }],
  [{ first: "2026-11-25", last: "2026-11-24" }, "first", { first: TODAY, last: TODAY }],
  [{ first: "2026-11-20", last: "2026-11-10" }, "first", { first: "2026-11-20", last: "2026-11-20" }],
  [{ first: "2026-11-20", last: "2026-11-10" }, "last", { first: "2026-11-10", last: "2026-11-10" }],
  [{ first: "2026-01-01", last: "2026-11-24" }, "first", { first: "2026-01-01", last: "2026-01-31" }],
  [{ first: "2026-01-01", last: "2026-11-24" }, "last", { first: "2026-10-25", last: TODAY }],
] as const)("what cannot be shown follows the day that was changed: %o by %s", (wish, changed, shown) => {
  expect(correctedPeriod(wish, changed, TODAY)).toEqual(shown);
});
