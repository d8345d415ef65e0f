import { expect, it } from "vitest";

import { Chat, type Entry } from "../src/chat";
import type { Author } from "../src/frames";
import { Messages } from "../src/messages";
import { MemoryStorage, Store } from "../src/store";
import { texts } from "../src/texts";
import { FakeEnvironment } from "./fakes";

const HUB = "https://hub.example";

function said(id: string, author: Author, choices: string[] = []): Entry {
  return { row: `i${id}`, id, message: { author, text: id, at: "2026-02-01T09:00:00Z", choices }, refused: "" };
}

function offered(...entries: Entry[]): string[] {
  const chat = new Chat(HUB, new Store(new MemoryStorage(), HUB), new FakeEnvironment(), { lang: "ru" }, () => {});
  const rows = new Messages(texts.ru, chat, HUB, () => {}, () => {}).rows(entries);
  return rows.filter(({ name }) => name.startsWith("c")).flatMap((row) => [...row.build().children].map(({ textContent }) => textContent ?? ""));
}

it("offers the answers of the robot and of the hub itself", () => {
  expect(offered(said("1", "bot", ["Мои права"]))).toEqual(["Мои права"]);
  expect(offered(said("1", "bot", ["Мои права"]), said("2", "citizen"), said("3", "system", ["Ответьте мне позже"]))).toEqual(["Ответьте мне позже"]);
});

it("keeps an offer beside what is announced, and takes it away once somebody answers", () => {
  const greeting = said("1", "bot", ["Мои права"]);
  expect(offered(greeting, said("2", "bot"))).toEqual(["Мои права"]);
  expect(offered(greeting, said("2", "citizen"))).toEqual([]);
  expect(offered(greeting, said("2", "operator"))).toEqual([]);
});

it("asks beside the choices whether an answer helped, and says the whole words of the button", () => {
  const chat = new Chat(HUB, new Store(new MemoryStorage(), HUB), new FakeEnvironment(), { lang: "ru" }, () => {});
  const chosen: string[] = [];
  const messages = new Messages(texts.ru, chat, HUB, () => {}, (text) => chosen.push(text));
  const answer = said("1", "bot", ["Срок", "Да, помогло", "Нет, не помогло"]);
  expect(offered(answer)).toEqual(["Срок"]);
  const row = messages.rows([answer]).find(({ name }) => name === "h1")?.build();
  expect(row?.textContent).toBe("Помогло?ДаНет");
  for (const button of row?.querySelectorAll("button") ?? []) button.click();
  expect(chosen).toEqual(["Да, помогло", "Нет, не помогло"]);
  expect(messages.rows([answer, said("2", "citizen")]).some(({ name }) => name === "h1")).toBe(false);
});

it("offers a file only once the hub has found it clean", () => {
  const chat = new Chat(HUB, new Store(new MemoryStorage(), HUB), new FakeEnvironment(), { lang: "ru" }, () => {});
  const file = { file: "ab", name: "справка.pdf", type: "application/pdf", size: 2048 };
  const letter = { author: "citizen", text: "вот", at: "2026-02-01T09:00:00Z", key: "k1", attachments: [file] } as const;
  const messages = new Messages(texts.ru, chat, HUB, () => {}, () => {});
  const shown = (id: string): HTMLElement => {
    const row = messages.rows([{ row: "kk1", id, message: { ...letter, attachments: [file] }, refused: "" }]).find(({ name }) => name === "kk1");
    const element = row?.build() ?? document.createElement("div");
    row?.refresh?.(element);
    return element;
  };
  expect(shown("").querySelector("a"), "not stored yet").toBeNull();
  chat.receiveFrame({ type: "stored", key: "k1", id: "7" });
  expect(shown("7").querySelector("a"), "stored, and not shown by the hub yet").toBeNull();
  chat.receiveFrame({ type: "message", id: "7", ...letter, attachments: [file], closed: { ab: "waiting" } });
  const waiting = shown("7");
  expect([waiting.querySelector("a"), waiting.querySelector("small")?.textContent]).toEqual([null, "проверяется"]);
  chat.receiveFrame({ type: "file", file: "ab", state: "infected" });
  expect([shown("7").querySelector("a"), shown("7").querySelector("small")?.textContent]).toEqual([null, "не прошёл проверку"]);
  chat.receiveFrame({ type: "file", file: "ab", state: "clean" });
  expect(shown("7").querySelector("a")?.href).toContain("/chat/files/ab");
});
