import { filterFrom, isFiltering, noFilter, queryOf, textOf } from "@/conversations/listFilter";
import { expect, test } from "vitest";

// OC-01
test("a filter is asked for by what it narrows down, and kept as the same text", () => {
  const filter = { ...noFilter(), several: { ...noFilter().several, queue: ["social", "general"] }, switches: { unread: true, promised: false, danger: false }, longer_s: 300, sort: "newest" as const };
  expect(queryOf("waiting", filter)).toEqual({ view: "waiting", queue: "social,general", unread: "true", longer_s: "300", sort: "newest" });
  expect(filterFrom(textOf("waiting", filter))).toEqual({ view: "waiting", filter });
});

test("without a filter the list is as it was", () => {
  expect(queryOf("mine", noFilter())).toEqual({ view: "mine" });
  expect([isFiltering("mine", noFilter()), isFiltering("recent", { ...noFilter(), sort: "newest" }), isFiltering("held", { ...noFilter(), group: "queue" })]).toEqual([false, false, true]);
});

test("what this desk does not know is no view", () => {
  expect([filterFrom(""), filterFrom("view=archive")]).toEqual([null, null]);
  expect(filterFrom("view=held&sort=odd&group=odd")).toEqual({ view: "held", filter: noFilter() });
});
