import type { ColumnOut, PeriodOut, PeriodRowOut } from "@/api/types";
import { columnsOf, groupsOf, inOrder } from "@/reporting/periods";
import { expect, test } from "vitest";

const column = (name: string, group: ColumnOut["group"], lists = true): ColumnOut => ({ name, group, lists, title: "", unit: "number", formula: "", beside: "" });

const row = (key: string, counts: Record<string, number>): PeriodRowOut => ({ key, title: "", offered: 0, handed: 0, ...counts }) as unknown as PeriodRowOut;

const report = {
  by: "line",
  columns: [column("offered", "asked"), column("hold_s", "talks", false), column("handed", "handed"), column("given", "promises")],
  rows: [row("a", { offered: 1, hold_s: 9 }), row("b", { offered: 3 }), row("c", { handed: 2 })],
} as unknown as PeriodOut;

test("tables are the groups of the hub's columns in which something is counted", () => {
  expect(groupsOf(report)).toEqual(["asked", "handed"]);
  expect(columnsOf(report, "promises").map(({ name }) => name)).toEqual(["given"]);
});

test("rows are in the order of those who asked, and times as they came", () => {
  expect(inOrder(report, "asked").map(({ key }) => key)).toEqual(["b", "a"]);
  expect(inOrder({ ...report, by: "day" }, "asked").map(({ key }) => key)).toEqual(["a", "b"]);
});
