import { usedElsewhere, lines, state, phoneProblem } from "@/telephony/phone";
import { afterEach, expect, test } from "vitest";

afterEach(() => {
  lines.clear();
  usedElsewhere.value = false;
  phoneProblem.value = null;
});

test.each([
  [[], "connecting"],
  [["connecting"], "connecting"],
  [["ready", "ready"], "ready"],
  [["ready", "lost"], "some"],
  [["ready", "connecting"], "some"],
  [["lost", "lost"], "lost"],
  [["lost", "refused"], "refused"],
  [["lost", "connecting"], "connecting"],
] as const)("exchanges that are %j make a telephone that is %s", (each, whole) => {
  for (const [index, line] of each.entries()) lines.set(`wss://pbx-${index}.example/ws`, line);
  expect(state.value).toBe(whole);
});

test("where the telephone is goes before how its lines are", () => {
  lines.set("wss://pbx.example/ws", "ready");
  usedElsewhere.value = true;
  expect(state.value).toBe("elsewhere");
  phoneProblem.value = "insecure";
  expect(state.value).toBe("insecure");
});
