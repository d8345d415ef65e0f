import type { Script, ScriptStep, WalkOut } from "@/api/types";
import { mandatoryAhead, END, pathOf } from "@/actions/scriptRuns";
import { blank, newStep, points, readable, rename } from "@/knowledge/scripts/form";
import { BOX, draw } from "@/knowledge/scripts/layout";
import { expect, test } from "vitest";

/** A step that leads on by itself, or by several answers. */
const step = (key: string, ...ways: string[]): ScriptStep => ({
  ...newStep([]),
  key,
  text: key,
  next: ways.length === 1 ? (ways[0] ?? "") : "",
  answers: ways.length > 1 ? ways.map((next) => ({ text: `to ${next}`, next })) : [],
});
const script = (...steps: ScriptStep[]): Script => ({ ...blank(), key: "loan", title: "Заём", steps });
const LOAN = script(step("need", "papers", "danger"), step("papers", "agree"), step("danger", END), step("agree", END, "papers"));

test("what leads on stands above what it leads to, and nothing stands on something else", () => {
  const { boxes, ways, width, height } = draw(LOAN);
  const at = new Map(boxes.map((box) => [box.key, box]));
  expect([...at.keys()].toSorted()).toEqual(["agree", "danger", END, "need", "papers"]);
  for (const { from, to, back } of ways) expect((at.get(from)?.y ?? 0) < (at.get(to)?.y ?? 0)).toBe(!back);
  expect(ways.filter(({ back }) => back).map(({ from, to }) => [from, to])).toEqual([["agree", "papers"]]);
  for (const one of boxes) {
    const over = boxes.filter((other) => other !== one && Math.abs(one.x - other.x) < BOX.width && Math.abs(one.y - other.y) < BOX.height);
    expect(over).toEqual([]);
    expect(one.x + BOX.width <= width && one.y + BOX.height <= height).toBe(true);
  }
  expect((at.get("papers")?.x ?? 0) < (at.get("danger")?.x ?? 0)).toBe(true); // the first answer is on the left
});

test("a script that is torn, turns in a circle, or is no longer than one step is drawn as well", () => {
  for (const made of [script(step("a", "nowhere")), script(step("a", "b"), step("b", "a")), script(step("a", "a")), script(step("a", END), step("lost", END))]) {
    expect(draw(made).boxes.map(({ key }) => key).toSorted()).toEqual([...made.steps.map(({ key }) => key), END].toSorted());
  }
});

test("who is called otherwise is still led to", () => {
  const form = structuredClone(LOAN);
  rename(form, "papers", "documents");
  expect(form.steps[0]?.answers.map(({ next }) => next)).toEqual(["documents", "danger"]);
  expect(form.steps[1]?.key).toBe("documents");
  expect(form.steps[3]?.answers.map(({ next }) => next)).toEqual([END, "documents"]);
});

test("a new step has a key of its own", () => {
  const [first, second] = [newStep([]), newStep([{ ...newStep([]), key: "step-2" }])];
  expect([first.key, second.key]).toEqual(["step-1", "step-3"]);
});

test("points are lines", () => {
  expect(points(" один \n\n два ")).toEqual(["один", "два"]);
});

test.each<[string, Partial<Script>, boolean]>([
  ["as it should be", {}, true],
  ["without a title", { title: " " }, false],
  ["with a key in Russian", { key: "заём" }, false],
  ["with a step that says nothing", { steps: [{ ...step("a", END), text: " " }] }, false],
  ["with an answer that leads nowhere", { steps: [step("a", "", END)] }, false],
])("a script %s", (_, change, fits) => {
  expect(readable({ ...LOAN, ...change })).toBe(fits);
});

const walk = (moves: WalkOut["moves"], left: string[], made: Script = LOAN): WalkOut => ({ key: made.key, script: made, version: 1, at: "", by: "", name: "", step: "need", moves, ahead: left, past: false });
const move = (what: "on" | "back" | "rights", at: string, to: string): WalkOut["moves"][number] => ({ at: "", by: "", name: "", move: what, step: at, to, answer: 0 });

test("going back takes back the step before it alone", () => {
  const moves = [move("on", "need", "papers"), move("rights", "papers", "papers"), move("on", "papers", "agree"), move("back", "agree", "papers")];
  expect(pathOf({ moves }).map(({ step: at }) => at)).toEqual(["need"]);
});

test("nothing is ahead of who was handed to 112", () => {
  const urgent = { ...script({ ...step("handed", END), frees: true }), key: "112" };
  expect(mandatoryAhead([walk([], ["need"])]).map(({ step: { key } }) => key)).toEqual(["need"]);
  expect(mandatoryAhead([walk([], ["need"]), walk([move("on", "handed", END)], [], urgent)])).toEqual([]);
});
