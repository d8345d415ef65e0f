import { isMailbox, lastCopies, withCopy } from "@/conversations/composer/copies";
import { expect, it } from "vitest";
import { entry } from "../fixtures";

it("begins with those whom the last letter names, whoever has written it", () => {
  const letter = entry({ id: "1", conversation: "7", kind: "message", author: "citizen", cc: ["petr@home.example"] });
  const answer = entry({ id: "2", conversation: "7", kind: "message", author: "operator", cc: [] });
  const note = entry({ id: "3", conversation: "7", kind: "note", author: "operator", cc: [] });
  const robot = entry({ id: "4", conversation: "7", kind: "message", author: "bot", cc: [] });
  const elsewhere = entry({ id: "5", conversation: "8", kind: "message", author: "citizen", cc: ["law@office.example"] });
  expect(lastCopies([letter, note, robot, elsewhere], "7")).toEqual(["petr@home.example"]);
  expect(lastCopies([letter, answer], "7")).toEqual([]);
  expect(lastCopies([], "7")).toEqual([]);
});

it("adds a mailbox once, and nothing else than a mailbox", () => {
  expect(withCopy(["petr@home.example"], "PETR@home.example")).toEqual(["petr@home.example"]);
  expect(withCopy([], "petr@home.example")).toEqual(["petr@home.example"]);
  expect(["petr", "petr@home", "a b@home.example"].filter(isMailbox)).toEqual([]);
});
