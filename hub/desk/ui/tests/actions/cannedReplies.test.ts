import type { CannedOut } from "@/api/types";
import { fillPlaceholders, matching } from "@/actions/cannedReplies";
import { expect, test } from "vitest";

const known = { name: "Анна", number: "077-26-1", operator: "Борис", centre: "Центр" };
const one = (id: string, more: Partial<CannedOut> = {}): CannedOut => ({
  id, version: 1, title: id, text: "текст", sign: "", queues: [], note: "", then_queue: "", then_topic: "", macro: false, own: false, mine: true, written_name: "", written: "2026-11-26T10:00:00Z", ...more,
});

test("fields are filled; a name that nobody told goes with its comma", () => {
  expect(fillPlaceholders("Здравствуйте, {имя}! Ваш номер {номер}.", known)).toBe("Здравствуйте, Анна! Ваш номер 077-26-1.");
  expect(fillPlaceholders("Здравствуйте, {имя}! Я {оператор}, {центр}.", { ...known, name: "" })).toBe("Здравствуйте! Я Борис, Центр.");
  expect(fillPlaceholders("{прочее}", known)).toBe("{прочее}");
});

test("the very sign comes first, then beginnings, titles and texts, own ones before others", () => {
  const rows = [one("Пошлина"), one("Своя пошлина", { own: true }), one("z", { sign: "пошлина" }), one("y", { sign: "пошлина-2" }), one("x", { text: "о пошлине" }), one("нет")];
  expect(matching(rows, "Пошлина").map(({ id }) => id)).toEqual(["z", "y", "Своя пошлина", "Пошлина"]);
  expect(matching(rows, "о пошлине").map(({ id }) => id)).toEqual(["x"]);
});
