import type { FloorColumn, GroupNow } from "@/api/types";
import { added, floor, onFloorChanged } from "@/monitoring/floor";
import { forgetStores } from "@/ui/stores";
import { afterEach, expect, test } from "vitest";

const AT = "2026-11-24T09:00:00Z";
const LEVEL: FloorColumn = { title: "floor.level", unit: "share", part: ["in_time"], whole: ["offered", "-still"], bad: false };

afterEach(forgetStores);

test("sums of a column are those of the hub's formula", () => {
  const of = { in_time: 3, offered: 9, still: 4 } as GroupNow;
  expect([added(of, LEVEL.part), added(of, LEVEL.whole)]).toEqual([3, 5]);
});

test("columns are told once, and stay while rows change", () => {
  onFloorChanged({ at: AT, whole: true, groups: [], late: [], channels: [], linked: [], columns: [LEVEL] });
  onFloorChanged({ at: AT, whole: false, groups: [], late: [], channels: null, linked: null, columns: null });
  expect(floor.columns).toEqual([LEVEL]);
});
