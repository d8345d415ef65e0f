import { forgetStores } from "@/ui/stores";
import { readEnclosed } from "@/conversations/composer/drafts";
import { type Chip, chipsOf, putBack, taken, unfit } from "@/conversations/composer/attachments";
import { checked, open } from "@/conversations/timeline";
import { beforeEach, expect, test } from "vitest";

const PAPER = { file: "ab", name: "бланк.pdf", type: "application/pdf", size: 10 };
const PICTURE = { file: "cd", name: "схема.png", type: "image/png", size: 20 };
const chip = (of: typeof PAPER, problem = ""): Chip => ({ ...of, key: of.file, part: 1, preview: "", problem });

beforeEach(() => {
  forgetStores();
  open.id = "7";
});

// CH-08
test("files of a message that is taken back come before those that were begun meanwhile, and each once", () => {
  putBack("anna", "7", "reply", [PICTURE]);
  putBack("anna", "7", "reply", [PAPER, PICTURE]);
  expect(chipsOf("anna", "7", "reply").map(({ name }) => name)).toEqual(["бланк.pdf", "схема.png"]);
  expect(readEnclosed("anna", "7", "reply")).toEqual([PAPER, PICTURE]);
  expect(chipsOf("anna", "7", "note")).toEqual([]);
  expect(taken("anna", "7", "reply")).toEqual([PAPER, PICTURE]);
  expect([chipsOf("anna", "7", "reply"), readEnclosed("anna", "7", "reply")]).toEqual([[], []]);
});

// CH-05, SE-01
test("a file that the channel does not bring, or that did not pass the check, is told of before it is sent", () => {
  expect((["any", "pdf", "none"] as const).map((brings) => unfit(chip(PICTURE), brings))).toEqual(["", "pdf", "none"]);
  expect(unfit(chip(PAPER), "pdf")).toBe("");
  expect(unfit(chip(PAPER, "large"), "none")).toBe("large");
  checked("7", "ab", { state: "waiting", found: "" });
  expect(unfit(chip(PAPER), "any")).toBe("");
  checked("7", "ab", { state: "infected", found: "Eicar" });
  expect(unfit(chip(PAPER), "any")).toBe("infected");
});
