import { belongs, deeds, inOrder, matches, mayOpen, viewsOf } from "@/desk/views";
import { conversation, held, holder } from "./fixtures";
import { expect, test } from "vitest";

const operator = { login: "petrova", queues: ["general"], permissions: ["serve" as const] };
const senior = { ...operator, login: "kuznetsov", permissions: ["serve" as const, "see_all" as const] };
const supervisor = { ...senior, queues: [], permissions: ["serve" as const, "see_all" as const, "steer" as const] };

test("a role opens its views and no others", () => {
  expect(viewsOf(operator)).toEqual(["mine", "waiting"]);
  expect(viewsOf(senior)).toEqual(["mine", "waiting", "held", "recent"]);
  expect(viewsOf({ permissions: ["edit_knowledge"] })).toEqual([]);
});

test("mine is what I hold", () => {
  expect(belongs("mine", conversation({ holder: held("petrova") }), operator)).toBe(true);
  expect(belongs("mine", conversation({ holder: held("orlov") }), operator)).toBe(false);
  expect(belongs("held", conversation({ holder: held("orlov") }), senior)).toBe(true);
});

test("what waits for one colleague waits for no other", () => {
  const forOrlov = conversation({ holder: holder({ operator: "orlov" }) });
  const forMe = conversation({ holder: holder({ queue: "social", operator: "petrova" }) });
  expect(belongs("waiting", forOrlov, operator)).toBe(false);
  expect(belongs("waiting", forMe, operator)).toBe(true);
  expect(belongs("waiting", forOrlov, senior)).toBe(true);
  expect(belongs("waiting", conversation({ holder: holder({ queue: "social" }) }), operator)).toBe(false);
});

test("who waits longest is first, and the newest of the recent", () => {
  const first = conversation({ id: "9", waiting_since: "2026-11-24T10:00:00Z" });
  const second = conversation({ id: "10", waiting_since: "2026-11-24T10:00:05Z" });
  expect(inOrder("waiting", [second, first]).map(({ id }) => id)).toEqual(["9", "10"]);
  expect(inOrder("recent", [first, second]).map(({ id }) => id)).toEqual(["10", "9"]);
});

test("only the holder replies; whoever sees may note; a supervisor moves on", () => {
  const mine = conversation({ holder: held("petrova") });
  expect(deeds(mine, operator)).toEqual({ reply: true, note: true, take: false, moveOn: true });
  expect(deeds(mine, senior)).toEqual({ reply: false, note: true, take: false, moveOn: false });
  expect(deeds(mine, supervisor)).toEqual({ reply: false, note: true, take: false, moveOn: true });
  expect(deeds(conversation(), operator)).toEqual({ reply: false, note: true, take: true, moveOn: false });
  expect(deeds(conversation(), supervisor).take).toBe(true);
  expect(deeds(conversation({ holder: holder({ kind: "closed" }) }), supervisor).moveOn).toBe(false);
});

test("a colleague's conversation is closed to an operator", () => {
  expect(mayOpen(conversation({ holder: held("orlov") }), operator)).toBe(false);
  expect(mayOpen(conversation({ holder: held("orlov") }), senior)).toBe(true);
});

test("the filter folds case and ё", () => {
  expect(matches(conversation(), "ПЕТР", "")).toBe(true);
  expect(matches(conversation(), "00002", "")).toBe(true);
  expect(matches(conversation(), "налог", "Налоги")).toBe(true);
  expect(matches(conversation(), "паспорт", "Налоги")).toBe(false);
});
