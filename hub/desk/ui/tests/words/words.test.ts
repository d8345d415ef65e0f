import { russianForm, setLanguage, words } from "@/words";
import { en } from "@/words/en";
import { ru } from "@/words/ru";
import { expect, test } from "vitest";

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[path + key, value] as [string, string]] : flat(value, `${path}${key}.`),
  );
}

const [russian, english] = [new Map(flat(ru)), new Map(flat(en))];

const blanks = (text = ""): string[] => [...new Set(text.match(/\{\w+\}/gu))].toSorted();
const form = (n: number): number => russianForm(n, 3);

test("both languages say the same things", () => {
  expect([...english.keys()].toSorted()).toEqual([...russian.keys()].toSorted());
});

test("both fill in the same blanks", () => {
  for (const [key, text] of russian) expect([key, blanks(english.get(key))]).toEqual([key, blanks(text)]);
});

test("every word that is asked for is there", () => {
  const sources = import.meta.glob<string>("../../src/**/*.{vue,ts}", { query: "?raw", import: "default", eager: true });
  const asked = Object.values(sources).flatMap((source) => Array.from(source.matchAll(/\bt\(\s*["']([\w.]+)["']/gu)));
  expect(asked.length).toBeGreaterThan(100);
  const missing = asked.map(([, key = ""]) => key).filter((key) => !russian.has(key));
  expect(missing).toEqual([]);
  const begun = Object.values(sources).flatMap((source) => Array.from(source.matchAll(/\bte?\((?:[^()`]*\? )?`([\w.]+)\.\$\{/gu)));
  expect(begun.length).toBeGreaterThan(100);
  const groups = new Set([...russian.keys()].flatMap((key) => key.split(".").map((_, at, parts) => parts.slice(0, at).join("."))));
  expect(begun.map(([, group = ""]) => group).filter((group) => !groups.has(group))).toEqual([]);
});

test("what one room calls its words no other room does", () => {
  const files = import.meta.glob<Record<string, object>>("../../src/**/words.ru.ts", { import: "ru", eager: true });
  const keys = Object.values(files).flatMap((words) => Object.keys(words));
  expect(keys.length).toBeGreaterThan(100);
  expect(keys.toSorted()).toEqual(Object.keys(ru).toSorted());
});

test("the other language is loaded when it is chosen", async () => {
  expect(Object.keys(words.global.messages.value)).toEqual(["ru"]);
  await setLanguage("en");
  expect(words.global.t("common.back")).toBe("Back");
  expect(document.documentElement.lang).toBe("en");
  expect(localStorage.getItem("okno.language")).toBe("en");
});

test("Russian counts in three forms", () => {
  expect([1, 2, 5, 11, 12, 14, 21, 22, 25, 101, 111].map(form)).toEqual([0, 1, 2, 2, 2, 2, 0, 1, 2, 0, 2]);
});
