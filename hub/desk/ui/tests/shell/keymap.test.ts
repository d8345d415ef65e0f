import { bindable } from "@/shell/commands";
import { anyChanged, assignKey, isChanged, reset, resetAll, keyText, strokeOf, actionWith } from "@/shell/keymap";
import { type Stroke, keyCaps, strokeFrom, matchesStroke, rejectionOf } from "@/shell/keys";
import { words } from "@/words";
import { afterEach, expect, test } from "vitest";
import { nextTick } from "vue";

afterEach(resetAll);

const pressed = (code: string, key: string, held: Partial<KeyboardEvent> = {}) => ({ code, key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });

// GV-14
test("usual keys are one action's each, may all be chosen, and have words", () => {
  const wrong = bindable().filter(({ name, stroke }) => !words.global.te(`action.${name}`) || (stroke && (rejectionOf(stroke) !== "" || actionWith(stroke, name) !== undefined)));
  expect(wrong).toEqual([]);
});

test.each<[string, Stroke, string]>([
  ["a letter", { code: "KeyY" }, ""],
  ["a letter with Ctrl and Shift", { code: "KeyM", ctrl: true, shift: true }, ""],
  ["a sign", { code: "Period" }, ""],
  ["closing the browser's tab", { code: "KeyW", ctrl: true }, "browser"],
  ["copying", { code: "KeyC", ctrl: true }, "browser"],
  ["a digit of scripts", { code: "Digit3" }, "answers"],
  ["Tab", { code: "Tab" }, "unusable"],
  ["Enter", { code: "Enter", ctrl: true }, "unusable"],
  ["reloading", { code: "F5" }, "unusable"],
])("whether a key can be chosen: %s", (_, stroke, why) => expect(rejectionOf(stroke)).toBe(why));

test("a key is chosen by its place, drawn, struck on either layout, switched off and reset", async () => {
  const stroke = strokeFrom(pressed("KeyY", "н"));
  expect([stroke, strokeFrom(pressed("ShiftLeft", "Shift", { shiftKey: true })), strokeFrom(pressed("KeyY", "¥", { altKey: true }))]).toEqual([{ code: "KeyY" }, null, null]);
  assignKey("next", stroke);
  expect([isChanged("next"), keyText("next"), actionWith({ code: "KeyJ" }, "reply")]).toEqual([true, "Y", undefined]);
  expect(matchesStroke(strokeOf("next") ?? { code: "" }, pressed("KeyY", "y"))).toBe(true);
  assignKey("reply", { code: "KeyJ" });
  expect(reset("next")).toBe("reply");
  assignKey("reply", null);
  expect([strokeOf("reply"), reset("next"), keyText("next")]).toEqual([undefined, undefined, "J"]);
  await nextTick();
  expect(JSON.parse(localStorage.getItem("okno.keys") ?? "")).toEqual({ reply: null });
  assignKey("reply", { code: "KeyR" });
  expect(anyChanged()).toBe(false);
});

test("signs are drawn as they are written", () => {
  expect([{ code: "BracketLeft" }, { code: "Slash", shift: true }, { code: "KeyM", ctrl: true, shift: true }].map((stroke) => keyCaps(stroke).join("+"))).toEqual(["[", "?", "Ctrl+Shift+M"]);
});

test("no button writes a key of its own", () => {
  const sources = import.meta.glob<string>("../../src/**/*.vue", { query: "?raw", import: "default", eager: true });
  const byHand = Object.entries(sources).filter(([, text]) => /\((?:Shift[ +]|Ctrl\+)?[A-Z]\)`/u.test(text)).map(([file]) => file);
  expect(byHand).toEqual([]);
});
