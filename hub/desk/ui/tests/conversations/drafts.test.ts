import { clearDrafts, dropDrafts, isStale, saveDraft, readDraft } from "@/conversations/composer/drafts";
import { beforeEach, expect, test } from "vitest";

beforeEach(() => localStorage.clear());

test("a draft is kept for each conversation and tab", () => {
  saveDraft("petrova", "10", "reply", "Здравств");
  saveDraft("petrova", "10", "note", "Проверить");
  expect(readDraft("petrova", "10", "reply")).toBe("Здравств");
  expect(readDraft("petrova", "10", "note")).toBe("Проверить");
  expect(readDraft("petrova", "11", "reply")).toBe("");
  dropDrafts("petrova", "10");
  expect(localStorage.length).toBe(0);
});

test("signing out leaves no words behind, only preferences", () => {
  localStorage.setItem("okno.language", "en");
  saveDraft("petrova", "10", "reply", "Здравств");
  clearDrafts();
  expect(Object.keys(localStorage)).toEqual(["okno.language"]);
});

test("coming back finds one's own drafts and clears those of others", () => {
  saveDraft("petrova", "10", "reply", "Моё");
  saveDraft("petrova.a", "10", "reply", "Чужое");
  clearDrafts("petrova");
  expect(readDraft("petrova", "10", "reply")).toBe("Моё");
  expect(readDraft("petrova.a", "10", "reply")).toBe("");
});

test("a letter that was begun before the newest one came is overtaken, and a chat never is", () => {
  expect(["email.imap", "web.form", "fax.sip"].map((channel) => isStale(channel, 10, 20))).toEqual([true, true, true]);
  expect(isStale("email.imap", 20, 10)).toBe(false);
  expect(["web.chat", "messenger.telegram", "sms.smpp", "voice.asterisk"].some((channel) => isStale(channel, 10, 20))).toBe(false);
});
