import { belongs, permittedCommands, inOrder, matches, mayOpen, viewsOf } from "@/conversations/views";
import { conversation, held, holder } from "../fixtures";
import { expect, test } from "vitest";

const operator = { login: "petrova", queues: ["general"], permissions: ["serve" as const], linked: false };
const senior = { ...operator, login: "kuznetsov", permissions: ["serve" as const, "see_all" as const] };
const supervisor = { ...senior, queues: [], permissions: ["serve" as const, "see_all" as const, "steer" as const] };

test("a role opens its views and no others", () => {
  expect(viewsOf(operator)).toEqual(["mine", "mentions", "followed", "waiting", "snoozed", "promised", "risk", "done"]);
  expect(viewsOf(senior)).toEqual(["mine", "mentions", "followed", "waiting", "snoozed", "promised", "risk", "done", "held", "recent"]);
  expect(viewsOf({ permissions: ["edit_knowledge"], linked: true })).toEqual([]);
});

test("what went from my lines to another centre I follow", () => {
  const away = conversation({ holder: holder({ kind: "centre", queue: "general", operator: "077" }) });
  const other = conversation({ holder: holder({ kind: "centre", queue: "taxes", operator: "077" }) });
  expect(viewsOf({ ...operator, linked: true })).toContain("away");
  expect([away, other].map((row) => belongs("away", row, operator))).toEqual([true, false]);
  expect([away, other].map((row) => belongs("away", row, senior))).toEqual([true, true]);
  expect([permittedCommands(away, operator).take, permittedCommands(away, operator).reply, permittedCommands(away, operator).note]).toEqual([false, false, true]);
});

test("mine is what I hold", () => {
  expect(belongs("mine", conversation({ holder: held("petrova") }), operator)).toBe(true);
  expect(belongs("mine", conversation({ holder: held("orlov") }), operator)).toBe(false);
  expect(belongs("held", conversation({ holder: held("orlov") }), senior)).toBe(true);
});

test("what I have put off is not in my list, and mine all the same", () => {
  const off = conversation({ holder: held("petrova"), snoozed: { until: null, why: "" } });
  expect(["mine", "snoozed"].map((view) => belongs(view as "mine", off, operator))).toEqual([false, true]);
  expect([mayOpen(off, operator), permittedCommands(off, operator).reply, permittedCommands({ ...off, talks: true }, operator).snooze]).toEqual([true, true, false]);
});

test("what one follows is listed with its news first", () => {
  const [quiet, news] = [conversation({ id: "11", followed: "none" }), conversation({ id: "10", followed: "words" })];
  expect([quiet, news, conversation({})].map((row) => belongs("followed", row, operator))).toEqual([true, true, false]);
  expect(inOrder("followed", [quiet, news]).map(({ id }) => id)).toEqual(["10", "11"]);
});

test("a promise is at risk from its second alarm on", () => {
  const rows = [50, 80, 100].map((alarmed) => conversation({ promise: { ...owed("2026-11-25T10:00:00Z"), alarmed } }));
  expect(rows.map((row) => belongs("risk", row, operator))).toEqual([false, true, true]);
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
  const none = { reply: false, note: true, take: false, reopen: false, takeBack: false, snooze: false, moveOn: false, merge: false, close: false, answerAndClose: false, promise: false, keep: false, call: false, consult: false, listen: false };
  const moves = { moveOn: true, close: true, promise: true };
  expect(permittedCommands(mine, operator)).toEqual({ ...none, ...moves, reply: true, answerAndClose: true, snooze: true });
  expect(permittedCommands({ ...mine, callable: true }, operator).call).toBe(true);
  expect(permittedCommands({ ...mine, callable: true }, supervisor).call).toBe(false);
  expect(permittedCommands(mine, senior)).toEqual(none);
  expect(permittedCommands(mine, supervisor)).toEqual({ ...none, ...moves });
  const joins = { ...operator, permissions: [...operator.permissions, "join_person" as const] };
  expect([permittedCommands(mine, joins).merge, permittedCommands(conversation(), joins).merge]).toEqual([true, false]);
  expect(permittedCommands(conversation(), operator)).toEqual({ ...none, take: true });
  expect(permittedCommands(conversation(), supervisor).take).toBe(true);
  expect(permittedCommands(conversation({ holder: holder({ kind: "closed" }) }), supervisor).moveOn).toBe(false);
});

test("whoever serves the line that it went from asks another centre for it, and whoever steers", () => {
  const away = conversation({ holder: holder({ kind: "centre" }) });
  const hands = { ...operator, permissions: [...operator.permissions, "hand_over" as const] };
  expect([permittedCommands(away, hands), permittedCommands(away, operator), permittedCommands(conversation(), hands)].map(({ takeBack }) => takeBack)).toEqual([true, false, false]);
  const elsewhere = { ...hands, queues: ["social"] };
  expect([elsewhere, { ...elsewhere, permissions: [...hands.permissions, "steer" as const] }].map((me) => permittedCommands(away, me).takeBack)).toEqual([false, true]);
});

const owed = (due: string) => ({
  given: "2026-11-24T10:00:00Z",
  due,
  address: "web.chat:1",
  why: "надо уточнить",
  by: "petrova",
  attempts: [],
  not_reached: false,
  alarmed: 0,
  term: false,
});

test("whoever serves its queue sees a promise and may take it; who holds it gives the answer before he closes", () => {
  const promise = owed("2026-11-25T10:00:00Z");
  const listed = conversation({ holder: holder({ kind: "promised", operator: "orlov" }), promise });
  const elsewhere = conversation({ holder: holder({ kind: "promised", queue: "social" }), promise });
  expect([listed, elsewhere].map((each) => belongs("promised", each, operator))).toEqual([true, false]);
  expect([listed, elsewhere].map((each) => belongs("promised", each, senior))).toEqual([true, true]);
  expect([listed, elsewhere].map((each) => permittedCommands(each, operator).take)).toEqual([true, false]);
  expect(permittedCommands(elsewhere, senior).take).toBe(false);
  expect(permittedCommands(elsewhere, supervisor).take).toBe(true);
  const mine = permittedCommands(conversation({ holder: held("petrova"), promise }), operator);
  expect([mine.keep, mine.close, mine.promise, mine.answerAndClose]).toEqual([true, false, true, false]);
  const letter = permittedCommands(conversation({ holder: held("petrova"), promise: { ...promise, term: true } }), operator);
  expect([letter.close, letter.answerAndClose]).toEqual([false, true]);
});

test("the answer that is due first is first", () => {
  const late = conversation({ id: "9", promise: owed("2026-11-25T12:00:00Z") });
  const soon = conversation({ id: "10", promise: owed("2026-11-25T11:00:00Z") });
  expect(inOrder("promised", [late, soon]).map(({ id }) => id)).toEqual(["10", "9"]);
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

const closed = (id: string, since: string, by = "petrova") => conversation({ id, holder: holder({ kind: "closed", since }), served_by: by });

// CH-12
test("what I closed is listed, last closed first, and can be opened again", () => {
  const [early, late, other] = [closed("9", "2026-11-24T10:00:00Z"), closed("8", "2026-11-24T11:00:00Z"), closed("7", "2026-11-24T12:00:00Z", "orlov")];
  expect([early, late, other].map((row) => belongs("done", row, operator))).toEqual([true, true, false]);
  expect(inOrder("done", [early, late]).map(({ id }) => id)).toEqual(["8", "9"]);
  expect([early, other].map((row) => permittedCommands(row, operator).reopen)).toEqual([true, false]);
  expect([mayOpen(early, operator), permittedCommands(other, supervisor).reopen]).toEqual([true, true]);
});
