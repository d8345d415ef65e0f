import { offerKey } from "@/shell/commands";
import { addOffer, answeredByKey, offers, prolong, removeOffer, stands, writes } from "@/dispatch/offers";
import { toast, toasts } from "@/ui/toasts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { conversation } from "../fixtures";

const offer = (id: string, more: { by?: string; danger?: string } = {}) => ({ conversation: conversation({ id, danger: more.danger ?? null }), until: 0, seconds: 30, why: "", by: more.by ?? "", note: "" });
const order = (): string[] => offers.map(({ conversation: { id } }) => id);

const struck = (code: string, target: EventTarget, held: KeyboardEventInit = {}): KeyboardEvent => {
  const event = new KeyboardEvent("keydown", { code, key: "a", bubbles: true, ...held });
  target.dispatchEvent(event);
  return event;
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  offers.splice(0);
  toasts.splice(0);
  document.body.replaceChildren();
});

// CH-08
test("danger comes first, then what a colleague has transferred, then the others as they came", () => {
  for (const one of [offer("1"), offer("2"), offer("3", { by: "Борис" }), offer("4", { danger: "2026-11-24T10:00:00Z" }), offer("5", { by: "Вера" })]) addOffer(one);
  expect(order()).toEqual(["4", "3", "5", "1", "2"]);
});

// CH-08
test("the time stands for a moment after each letter, and the hub's word on it is taken", () => {
  addOffer(offer("1"));
  writes(10_000);
  expect([stands(13_000), stands(15_000)]).toEqual([true, false]);
  prolong("1", 42);
  expect(offers[0]?.until).toBe(42);
});

// CH-08
test("the keys of an offer work in a text with Alt, and are no answer directly after one of them", () => {
  const answer = document.body.appendChild(document.createElement("textarea"));
  addOffer(offer("1"));
  expect(offerKey(struck("KeyA", answer))).toBeUndefined();
  expect(offerKey(struck("KeyA", answer, { altKey: true }))?.name).toBe("accept");
  expect(offerKey(struck("KeyD", answer, { altKey: true }))?.name).toBe("reject");
  answeredByKey();
  expect(offerKey(struck("KeyA", answer))?.name).toBe("accept");
  answer.value = "Здравствуйте";
  expect(offerKey(struck("KeyA", answer))).toBeUndefined();
  answer.value = "";
  vi.advanceTimersByTime(1100);
  expect(offerKey(struck("KeyA", answer))).toBeUndefined();
  offers.splice(0);
  addOffer(offer("2")); // the next one comes soon
  expect(offerKey(struck("KeyA", answer))?.name).toBe("accept");
  addOffer(offer("3"));
  vi.advanceTimersByTime(1100);
  expect(offerKey(struck("KeyA", answer))).toBeUndefined();
  removeOffer("2"); // and behind it another one stood
  expect(offerKey(struck("KeyA", answer))?.name).toBe("accept");
  vi.advanceTimersByTime(10_000);
  removeOffer("3");
  addOffer(offer("4"));
  expect(offerKey(struck("KeyA", answer))).toBeUndefined();
  offers.splice(0);
  expect(offerKey(struck("KeyA", answer, { altKey: true }))).toBeUndefined();
});

test("what is told three times is one notice that is counted", () => {
  for (const _ of [1, 2, 3]) toast("Предложение отозвано.");
  toast("Удалено", { undo: () => undefined });
  toast("Удалено", { undo: () => undefined });
  expect(toasts.map(({ text, times }) => [text, times])).toEqual([["Предложение отозвано.", 3], ["Удалено", 1], ["Удалено", 1]]);
});
