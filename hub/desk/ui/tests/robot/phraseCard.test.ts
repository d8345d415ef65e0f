import type { PhraseOut } from "@/api/types";
import PhraseCard from "@/robot/PhraseCard.vue";
import { words } from "@/words";
import { createApp } from "vue";
import { expect, test } from "vitest";

const phrase: PhraseOut = { key: "пошлина", text: "Какая пошлина?", count: 1, at: "2026-11-30T10:00:00Z", why: "missed", guesses: [], conversation: "", answer: "" };

/** The badge of a phrase, and the answer that is shown with it. */
function shown(change: Partial<PhraseOut>): [badge: string | undefined, answer: string | undefined] {
  const root = document.createElement("div");
  const app = createApp(PhraseCard, { phrase: { ...phrase, ...change }, busy: false });
  app.use(words).mount(root);
  const found = [".badge", "[data-test=phrase-answer]"].map((each) => root.querySelector(each)?.textContent?.trim());
  app.unmount();
  return [found[0], found[1]];
}

test("a question that was answered in vain is shown with its answer", () => {
  expect(shown({ why: "unhelped", answer: "Пошлина 350 ₽." })).toEqual(["ответ не помог", "Робот ответил: Пошлина 350 ₽."]);
  expect(shown({})).toEqual(["не понято", undefined]);
});
