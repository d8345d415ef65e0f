import { quote, quoted } from "@/conversations/messageActs";
import { address, parse } from "@/shell/route";
import { composerRequest, insertion } from "@/shell/overlay";
import { entry } from "../fixtures";
import { beforeEach, expect, test } from "vitest";

beforeEach(() => {
  composerRequest.value = null;
});

test("each line of a quote is marked, and what is said to it begins on a new line", () => {
  expect(quoted("Где паспорт?\n\nЖду месяц ")).toBe("> Где паспорт?\n>\n> Жду месяц\n\n");
});

test("a note is quoted among colleagues, and never to the citizen", () => {
  quote(entry({ text: "Где паспорт?" }));
  expect([composerRequest.value, insertion.text]).toEqual([null, "> Где паспорт?\n\n"]);
  quote(entry({ kind: "note", author: "operator", text: "Он ругается" }));
  expect([composerRequest.value, insertion.text]).toEqual(["note", "> Он ругается\n\n"]);
});

// CH-12
test("the address of a message leads back to it", () => {
  const to = { screen: "inbox", view: "mine", id: "383676277036417025", item: "383676277036417099" } as const;
  expect(parse(address(to))).toEqual(to);
  expect(parse("#/inbox/mine/383676277036417025")).toEqual({ screen: "inbox", view: "mine", id: "383676277036417025" });
});
