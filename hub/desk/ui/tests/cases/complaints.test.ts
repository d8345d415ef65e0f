import type { EvidenceOut, RevisionOut } from "@/api/types";
import { changes, weekly } from "@/cases/recommendations";
import { inOrder, informativeTables } from "@/cases/complaints";
import { expect, test } from "vitest";

const first: RevisionOut = { at: "2026-11-24T09:00:00Z", by: "leader", title: "Принимать без выписки", cause: "Просят выписку", proposal: "Запрашивать самим", addressee: { id: "region", name: "Правительство", short: "Правительство", mailbox: true }, complaints: 5, late: 1 };

test("an edition tells what it changed of the one before", () => {
  expect(changes(first, { ...first, cause: "Не знают порядка", complaints: 7, addressee: null })).toEqual([
    { field: "addressee", was: "Правительство", is: "" },
    { field: "cause", was: "Просят выписку", is: "Не знают порядка" },
    { field: "complaints", was: "5", is: "7" },
  ]);
  expect(changes(first, { ...first, at: "2026-11-25T09:00:00Z", by: "another" })).toEqual([]);
});

test.each([[4, 28, 1], [3, 7, 3], [0, 10, 0], [1, 0, 0]])("%i complaints in %i days are %f a week", (complaints, days, rate) => {
  expect(weekly(complaints, days)).toBe(rate);
});

const row = (key: string, complaints: number): EvidenceOut["tables"][string][number] => ({ key, name: key, complaints, late: 0 });

test("tables of which nothing is known are left out, and weeks follow each other", () => {
  const week = [row("2026-11-16", 3), row("2026-11-09", 2)];
  const tables = { breach: [row("", 5)], authority: [row("town", 4), row("", 1)], week };
  expect(informativeTables({ at: "", complaints: 5, late: 0, series: 0, reported: null, tables })).toEqual(["authority", "week"]);
  expect(inOrder("week", week).map(({ key }) => key)).toEqual(["2026-11-09", "2026-11-16"]);
  expect(inOrder("authority", tables.authority)).toBe(tables.authority);
});
