import { articleId } from "@/knowledge/articleId";
import { keyCaps, confirmField, matchesStroke, typing } from "@/shell/keys";
import { parts } from "@/ui/links";
import { insertAt, triggerQuery } from "@/conversations/composer/inlineTriggers";
import { sizeText } from "@/ui/fileSize";
import { uniqueKey } from "@/api/uniqueKey";
import { expect, test } from "vitest";

test("# begins a search for an article, but not within a word", () => {
  expect(triggerQuery("Смотрите #загран", 16)).toEqual({ sign: "#", start: 9, text: "загран" });
  expect(triggerQuery("#", 1)).toEqual({ sign: "#", start: 0, text: "" });
  expect(triggerQuery("дом№5#2", 7)).toBeNull();
  expect(triggerQuery("#раз\nдва", 8)).toBeNull();
  expect(triggerQuery("Смотрите #загран", 4)).toBeNull();
});

test("/ begins a ready reply, but not in a date, a fraction or between words", () => {
  expect(triggerQuery("/пр", 3)).toEqual({ sign: "/", start: 0, text: "пр" });
  expect(triggerQuery("Да. /", 5)).toEqual({ sign: "/", start: 4, text: "" });
  expect(triggerQuery("и/или", 5)).toBeNull();
  expect(triggerQuery("Спросите @Анна Пе", 17)).toEqual({ sign: "@", start: 9, text: "Анна Пе" });
  expect(triggerQuery("@Анна Петрова по", 16)).toBeNull();
  expect(triggerQuery("a@b", 3)).toBeNull();
  expect(triggerQuery("да / нет", 8)).toBeNull();
  expect(triggerQuery("https://", 8)).toBeNull();
});

test("the article takes the place of what was typed", () => {
  const query = { sign: "#", start: 9, text: "загран" } as const;
  expect(insertAt("Смотрите #загран, пожалуйста", query, "Паспорт выдаёт МВД.")).toEqual({
    text: "Смотрите Паспорт выдаёт МВД., пожалуйста",
    caret: 28,
  });
});

const press = (code: string, key: string, more: Partial<KeyboardEvent> = {}) => ({
  code,
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

test("keys are known by their place under a Russian layout", () => {
  expect(matchesStroke({ code: "KeyJ" }, press("KeyJ", "о"))).toBe(true);
  expect(matchesStroke({ code: "KeyJ" }, press("KeyJ", "о", { ctrlKey: true }))).toBe(false);
  expect(matchesStroke({ code: "KeyK", ctrl: true }, press("KeyK", "л", { metaKey: true }))).toBe(true);
  expect(matchesStroke({ code: "KeyK" }, press("KeyK", "л", { altKey: true }))).toBe(false);
});

test("the question mark is where the layout has it", () => {
  const help = { code: "Slash", shift: true };
  expect(matchesStroke(help, press("Slash", ",", { shiftKey: true }))).toBe(true);
  expect(matchesStroke(help, press("Digit7", "?", { shiftKey: true }))).toBe(true);
  expect(matchesStroke({ code: "Slash" }, press("Slash", "."))).toBe(true);
  expect(keyCaps(help)).toEqual(["?"]);
  expect(keyCaps({ code: "KeyK", ctrl: true })).toEqual(["Ctrl", "K"]);
});

test("a letter with Shift is not the question mark", () => {
  const pass = { code: "KeyT", shift: true };
  expect(matchesStroke(pass, press("KeyT", "Е", { shiftKey: true }))).toBe(true);
  expect(matchesStroke(pass, press("Digit7", "?", { shiftKey: true }))).toBe(false);
  expect(keyCaps(pass)).toEqual(["Shift", "T"]);
});

test("letters typed into a field are letters", () => {
  document.body.innerHTML = "<textarea></textarea><a href='#'>x</a><div role='dialog'><button>y</button></div>";
  expect(["textarea", "a", "button"].map((tag) => typing(document.querySelector(tag)))).toEqual([true, false, true]);
  document.body.innerHTML = "<input type=\"checkbox\">";
  expect(typing(document.querySelector("input"))).toBe(false);
  expect(typing(null)).toBe(false);
});

test("addresses become links without the full stop behind them", () => {
  expect(parts("см. https://nalog.gov.ru/rn77/fl/. Спасибо")).toEqual([
    { text: "см. " },
    { text: "https://nalog.gov.ru/rn77/fl/", href: "https://nalog.gov.ru/rn77/fl/" },
    { text: ". Спасибо" },
  ]);
  expect(parts("javascript:alert(1)")).toEqual([{ text: "javascript:alert(1)" }]);
});

test("an article's id can be read and is its own", () => {
  expect(articleId("Выдача загранпаспорта (5 лет)", [])).toBe("vydacha-zagranpasporta-5-let");
  expect(articleId("Щука", ["shchuka", "shchuka-2"])).toBe("shchuka-3");
  expect(articleId("№", [])).toBe("article");
});

test("sizes have the unit they need", () => {
  expect(sizeText(0, "ru")).toMatch(/^0/u);
  expect(sizeText(1_400_000, "ru")).toMatch(/^1,4/u);
});

test("keys differ", () => {
  expect(new Set(Array.from({ length: 50 }, uniqueKey)).size).toBe(50);
});

test("Ctrl+Enter takes what is written in a field that is read when it is left", () => {
  const taken: string[] = [];
  for (const [name, type] of [["textarea", ""], ["input", "text"], ["input", "file"], ["input", "checkbox"]] as const) {
    const field = document.createElement(name);
    if (field instanceof HTMLInputElement) field.type = type;
    field.addEventListener("change", () => taken.push(`${name} ${type}`.trim()));
    field.addEventListener("keydown", (event) => confirmField(event as KeyboardEvent));
    for (const ctrlKey of [true, false]) field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey }));
  }
  expect(taken).toEqual(["textarea", "input text"]);
});
