import { pieces } from "@/conversations/archive";
import { expect, test } from "vitest";

// CH-12
test("found words are marked where they stand", () => {
  expect(pieces("Где мой паспорт?", [[8, 15]])).toEqual([
    { text: "Где мой ", marked: false },
    { text: "паспорт", marked: true },
    { text: "?", marked: false },
  ]);
  expect(pieces("Ничего", [])).toEqual([{ text: "Ничего", marked: false }]);
});

test("a long text begins shortly before the first of them", () => {
  const text = `${"а".repeat(300)} паспорт`;
  const shown = pieces(text, [[301, 308]]);
  expect(shown.at(-1)).toEqual({ text: "паспорт", marked: true });
  expect(shown[0]?.text).toBe("…");
  expect(shown.map((each) => each.text).join("").length).toBeLessThan(100);
});
