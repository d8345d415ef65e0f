import { isWithin } from "@/notifications/alerts";
import { expect, test } from "vitest";

const quiet = (from: string, until: string): string[] => ["00:00", "07:59", "08:00", "13:00", "20:59", "21:00"].filter((now) => isWithin(now, from, until));

test("quiet hours may end on the next day, and equal ones are none", () => {
  expect(quiet("21:00", "08:00")).toEqual(["00:00", "07:59", "21:00"]);
  expect(quiet("08:00", "13:00")).toEqual(["08:00"]);
  expect(quiet("00:00", "00:00")).toEqual([]);
});
