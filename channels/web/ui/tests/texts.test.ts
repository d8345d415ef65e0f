import { expect, it } from "vitest";

import { linkify } from "../src/dom";
import { humanSize } from "../src/messages";
import { reason, texts, textsFor } from "../src/texts";

it("says everything in both languages", () => {
  expect(Object.keys(texts.en)).toEqual(Object.keys(texts.ru));
  for (const key of Object.keys(texts.ru) as (keyof typeof texts.ru)[]) {
    expect(typeof texts.en[key], key).toBe(typeof texts.ru[key]);
  }
});

it("speaks Russian unless English is asked for", () => {
  expect(textsFor("en-GB")).toBe(texts.en);
  expect(textsFor("")).toBe(texts.ru);
  expect(textsFor("fr")).toBe(texts.ru);
});

it("has words for every refusal, also for one it does not know", () => {
  expect(reason(texts.ru, "upload", 413)).toBe("Файл больше 10 МБ");
  expect(reason(texts.ru, "refused", "brand_new")).toBe("Сообщение не принято");
});

it("tells a size as people do", () => {
  expect([0, 1023, 1024, 20_480, 5_400_000].map((bytes) => humanSize(bytes, texts.ru))).toEqual([
    "0 Б",
    "1023 Б",
    "1 КБ",
    "20 КБ",
    "5,1 МБ",
  ]);
});

function links(text: string): string[] {
  const parts = linkify(text);
  expect(parts.map((part) => (typeof part === "string" ? part : part.textContent)).join("")).toBe(text);
  return parts.flatMap((part) => (typeof part === "string" ? [] : part.href));
}

it.each([
  ["Смотрите https://example.ru/a?b=1.", ["https://example.ru/a?b=1"]],
  ["(на https://example.ru/), и http://b.ru!", ["https://example.ru/", "http://b.ru/"]],
  ["https://ru.wikipedia.org/wiki/Окно_(значения)", ["https://ru.wikipedia.org/wiki/%D0%9E%D0%BA%D0%BD%D0%BE_(%D0%B7%D0%BD%D0%B0%D1%87%D0%B5%D0%BD%D0%B8%D1%8F)"]],
  ["«https://example.ru»", ["https://example.ru/"]],
  ["javascript:alert(1) ftp://a.ru data:text/html,x", []],
  ["https://", []],
  ["<img src=x onerror=alert(1)>", []],
])("makes links of web addresses only: %s", (text, expected) => {
  expect(links(text)).toEqual(expected);
});

it("gives a link no way back to the page", () => {
  const [link] = linkify("https://example.ru");
  expect(link).toMatchObject({ rel: "noopener noreferrer", target: "_blank" });
});
