import { forgetStores } from "@/ui/stores";
import type { Attachment } from "@/api/types";
import { asChecked, onFileChecked, open } from "@/conversations/timeline";
import { beforeEach, expect, test } from "vitest";

const FILE: Attachment = { file: "ab", name: "справка.pdf", type: "application/pdf", size: 10, state: "waiting", found: "" };

beforeEach(() => {
  forgetStores();
  open.id = "7";
});

test("what the hub tells of a file counts more than what was loaded", () => {
  expect(asChecked(FILE).state).toBe("waiting");
  onFileChecked("7", "ab", { state: "infected", found: "Eicar-Test" });
  expect(asChecked(FILE)).toMatchObject({ state: "infected", found: "Eicar-Test" });
  onFileChecked("7", "ab", { state: "clean", found: "" });
  expect(asChecked(FILE)).toMatchObject({ state: "clean", found: "" });
});

test("a file of another conversation is another file", () => {
  onFileChecked("8", "ab", { state: "clean", found: "" });
  expect(asChecked(FILE).state).toBe("waiting");
});
