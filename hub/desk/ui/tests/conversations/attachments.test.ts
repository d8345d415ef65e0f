import { forgetStores } from "@/ui/stores";
import { readAttachments } from "@/conversations/composer/drafts";
import { type Chip, chipsOf, restoreAttachments, uploadedFiles, rejectionOf } from "@/conversations/composer/attachments";
import { onFileChecked, open } from "@/conversations/timeline";
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
  restoreAttachments("anna", "7", "reply", [PICTURE]);
  restoreAttachments("anna", "7", "reply", [PAPER, PICTURE]);
  expect(chipsOf("anna", "7", "reply").map(({ name }) => name)).toEqual(["бланк.pdf", "схема.png"]);
  expect(readAttachments("anna", "7", "reply")).toEqual([PAPER, PICTURE]);
  expect(chipsOf("anna", "7", "note")).toEqual([]);
  expect(uploadedFiles("anna", "7", "reply")).toEqual([PAPER, PICTURE]);
  expect([chipsOf("anna", "7", "reply"), readAttachments("anna", "7", "reply")]).toEqual([[], []]);
});

// CH-05, SE-01
test("a file that the channel does not bring, or that did not pass the check, is told of before it is sent", () => {
  expect((["any", "pdf", "none"] as const).map((brings) => rejectionOf(chip(PICTURE), brings))).toEqual(["", "pdf", "none"]);
  expect(rejectionOf(chip(PAPER), "pdf")).toBe("");
  expect(rejectionOf(chip(PAPER, "large"), "none")).toBe("large");
  onFileChecked("7", "ab", { state: "waiting", found: "" });
  expect(rejectionOf(chip(PAPER), "any")).toBe("");
  onFileChecked("7", "ab", { state: "infected", found: "Eicar" });
  expect(rejectionOf(chip(PAPER), "any")).toBe("infected");
});
