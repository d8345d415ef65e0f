import { expect, it } from "vitest";

import { Chat, type Entry } from "../src/chat";
import type { Author } from "../src/frames";
import { Messages } from "../src/messages";
import { MemoryShelf, Store } from "../src/store";
import { texts } from "../src/texts";
import { FakeWorld } from "./world";

const HUB = "https://hub.example";

function said(id: string, author: Author, choices: string[] = []): Entry {
  return { row: `i${id}`, id, message: { author, text: id, at: "2026-02-01T09:00:00Z", choices }, refused: "" };
}

function offered(...entries: Entry[]): string[] {
  const chat = new Chat(HUB, new Store(new MemoryShelf(), HUB), new FakeWorld(), { lang: "ru" }, () => {});
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
