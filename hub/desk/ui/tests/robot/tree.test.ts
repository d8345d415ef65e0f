import type { Graph, GraphNode } from "@/api/types";
import { visitedNodes, filtered, trees } from "@/robot/tree";
import { expect, test } from "vitest";

const node = (id: string, kind: GraphNode["kind"], names: string[], words: string[] = []): GraphNode => ({
  id, kind, names, words, file: "data/rules.yml", line: 1, told: [],
});
const graph: Graph = {
  nodes: [
    node("0", "intent", ["greet"], ["добрый день"]),
    node("1", "response", ["utter_greet"]),
    node("2", "intent", ["book", "visit"]),
    node("3", "form", ["visit_form"]),
    node("4", "loop", ["visit_form"]),
    node("5", "form", ["visit_form"]),
    node("6", "loop", [""]),
    node("7", "response", ["utter_done"]),
    node("8", "intent", ["inform"]),
    node("9", "response", ["utter_unclear"]),
  ],
  edges: [["0", "1"], ["2", "3"], ["4", "5"], ["5", "6"], ["6", "7"], ["8", "9"]].map(([source = "", target = ""]) => ({ source, target })),
};
const all = trees(graph);
const found = (text: string): string[] => filtered(all, text).map((branch) => branch.node.id);
const lit = (...steps: string[]): string[] => [...visitedNodes(all, steps)].toSorted();

test("what follows nothing begins a tree", () => {
  expect(all.map((branch) => branch.node.id)).toEqual(["0", "2", "4", "8"]);
});

test("a turn lights the way that it went", () => {
  expect(lit("greet", "utter_greet")).toEqual(["0", "1"]);
  expect(lit("visit", "visit_form")).toEqual(["2", "3"]);
});

test("an answer to a form's question lights the form, and no intent elsewhere", () => {
  expect(lit("inform", "visit_form")).toEqual(["5"]);
  expect(lit("inform", "utter_unclear")).toEqual(["8", "9"]);
  expect(lit()).toEqual([]);
});

test("trees are found by names and by words", () => {
  expect(found("ДОБРЫЙ")).toEqual(["0"]);
  expect(found("utter_done")).toEqual(["4"]);
  expect(found("")).toHaveLength(4);
});
