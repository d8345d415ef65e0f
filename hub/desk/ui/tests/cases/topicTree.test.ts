import type { TopicNode } from "@/api/types";
import { withChanges, branch, changes, inOrder, inherited, without } from "@/cases/topicTree";
import { expect, test } from "vitest";

const topic = (id: string, parent = "", more: Partial<TopicNode> = {}): TopicNode => ({ id, title: id, title_en: "", parent, kind: "unknown", was: [], centre: "", ...more });
const before = [topic("passport", "docs"), topic("docs"), topic("tax"), topic("photo", "passport")];

test("those above stand before those below", () => {
  expect(inOrder(before).map(({ node, depth }) => `${depth} ${node.id}`)).toEqual(["0 docs", "1 passport", "2 photo", "0 tax"]);
});

test("nothing stands above itself", () => {
  expect(branch(before, "docs")).toEqual(new Set(["docs", "passport", "photo"]));
  expect(branch(before, "tax")).toEqual(new Set(["tax"]));
});

test("what was below a removed topic moves up", () => {
  expect(without(before, "passport").map(({ id, parent }) => [id, parent])).toEqual([["docs", ""], ["tax", ""], ["photo", "docs"]]);
});

test("what a version makes of the one before is told", () => {
  const after = inherited([...without(before, "passport").map((each) => (each.id === "tax" ? withChanges(each, { title: "Налоги" }) : each)), topic("id", "docs")], "passport", "id");
  expect(changes(before, before)).toEqual([]);
  expect(changes(before, after).map((each) => `${each.what} ${each.node.id} ${each.what === "removed" ? each.heir : each.fields.join()}`)).toEqual([
    "changed tax title",
    "changed photo parent",
    "added id ",
    "removed passport id",
  ]);
});

test("only one topic stands for an old one", () => {
  const twice = inherited(inherited(before, "gone", "docs"), "gone", "tax");
  expect(twice.filter(({ was }) => was.includes("gone")).map(({ id }) => id)).toEqual(["tax"]);
  expect(inherited(twice, "gone", "").some(({ was }) => was.length > 0)).toBe(false);
});
