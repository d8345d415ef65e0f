import { compareIds, laterId } from "@/api/ids";
import { holders, lastOf, mergeEntries, questionOf, saidByCitizen, summaryOf, timelineItems } from "@/conversations/timelineItems";
import { entry, held, holder } from "../fixtures";
import { expect, test } from "vitest";

test("ids beyond 53 bits keep their order", () => {
  expect(compareIds("9", "10")).toBeLessThan(0);
  expect(compareIds("383676277036417025", "383676277036417024")).toBeGreaterThan(0);
  expect(laterId("9", "10")).toBe("10");
});

test("an entry that came twice is there once, in its place", () => {
  const known = [entry({ id: "1" }), entry({ id: "3" })];
  expect(mergeEntries(known, [entry({ id: "2" }), entry({ id: "3" })]).map(({ id }) => id)).toEqual(["1", "2", "3"]);
});

test("a name is said once while somebody goes on", () => {
  const lines = timelineItems([
    entry({ id: "1", at: "2026-11-24T10:00:00Z" }),
    entry({ id: "2", at: "2026-11-24T10:01:00Z" }),
    entry({ id: "3", at: "2026-11-24T10:09:00Z" }),
    entry({ id: "4", at: "2026-11-24T10:09:01Z", author: "operator", by: "petrova" }),
    entry({ id: "5", at: "2026-11-24T10:09:02Z", kind: "note", author: "operator", by: "petrova" }),
  ]);
  expect(lines.map(({ goesOn }) => goesOn)).toEqual([false, true, false, false, false]);
  expect(lines.map(({ newDay }) => newDay)).toEqual([true, false, false, false, false]);
});

// CH-12
test("the name is said again where the same person goes on by another way", () => {
  const lines = timelineItems([entry({ id: "1" }), entry({ id: "2" }), entry({ id: "3", conversation: "77" })]);
  expect(lines.map(({ goesOn }) => goesOn)).toEqual([false, true, false]);
});

test("a note is not the citizen's last word", () => {
  const asked = entry({ id: "1", text: "Когда?" });
  expect(lastOf([asked, entry({ id: "2", author: "operator" })], "citizen")).toEqual(asked);
});

test("the latest holder is told first", () => {
  const story = [
    entry({ id: "1", kind: "handed_over", author: null, holder: holder() }),
    entry({ id: "2" }),
    entry({ id: "3", kind: "handed_over", author: null, holder: held("petrova") }),
  ];
  expect(holders(story).map(({ holder }) => holder.kind)).toEqual(["operator", "queue"]);
});

test("of what was erased only what happened is told", () => {
  const lines = timelineItems([
    entry({ id: "1", text: "" }),
    entry({ id: "2", kind: "handed_over", author: null, holder: held("petrova") }),
    entry({ id: "3", kind: "erased", author: null, why: "term" }),
  ]);
  expect(lines.map(({ entry }) => entry.kind)).toEqual(["handed_over", "erased"]);
});

test("what the robot noted stands above the talk until an operator has answered", () => {
  const noted = entry({ id: "2", kind: "note", author: "system", name: "Робот", text: "Спрашивал: СНИЛС\nОтветили: Бесплатно" });
  const talk = [entry({ id: "1" }), noted, entry({ id: "3" })];
  expect(summaryOf(talk)).toEqual({ lines: ["Спрашивал: СНИЛС", "Ответили: Бесплатно"], read: false });
  expect(summaryOf([...talk, entry({ id: "4", author: "operator", by: "petrova" })])?.read).toBe(true);
  expect(summaryOf([entry(), entry({ id: "2", kind: "note", author: "system", text: "Пришло на другой адрес" })])).toBeNull();
  expect(summaryOf([...talk, entry({ id: "5", kind: "erased", author: null })])).toBeNull();
});

test("articles are searched by the whole talk, not by «оператор» or «спасибо»", () => {
  const said = ["не пришло единое пособие", "позовите оператора, пожалуйста", "Ответьте мне позже", "второй месяц нет", "Спасибо!"];
  const entries = [...said.map((text, index) => entry({ id: String(index), author: "citizen", text })), entry({ id: "9", author: "operator", text: "Смотрю" })];
  expect(questionOf(entries, 300)).toBe("второй месяц нет не пришло единое пособие");
  expect(saidByCitizen(entries)).toEqual(["не пришло единое пособие", "второй месяц нет"]);
  expect(questionOf(entries, 10)).toBe("второй мес");
  expect(questionOf([entry({ author: "citizen", text: "оператор" })], 300)).toBe("");
});
