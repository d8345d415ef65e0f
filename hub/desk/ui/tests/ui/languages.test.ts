import { LIKELY, languageName } from "@/ui/languages";
import { expect, test } from "vitest";

test.each(["ru", "en"])("each likely language has a name: %s", (locale) => {
  expect(LIKELY.filter((code) => languageName(code, locale) === code)).toEqual([]);
});

test("an unknown one is called by its code", () => {
  expect(languageName("qzz", "ru")).toBe("qzz");
});
