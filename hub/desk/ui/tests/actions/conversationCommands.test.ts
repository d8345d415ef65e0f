import { snooze } from "@/actions/conversationCommands";
import { go } from "@/shell/route";
import { forgetStores } from "@/ui/stores";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

let answer: () => void;

beforeEach(() => {
  forgetStores();
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  vi.stubGlobal("fetch", async () => {
    await answered;
    return Response.json({});
  });
  go({ screen: "inbox", view: "mine", id: "7" });
});
afterEach(() => vi.unstubAllGlobals());

// CH-08
test("what is put off is left, but nobody is called back who has gone elsewhere meanwhile", async () => {
  const done = snooze("7", { until: null, why: "" });
  location.hash = "#/inbox/snoozed";
  answer();
  expect(await done).toBe(true);
  expect(location.hash).toBe("#/inbox/snoozed");
});

// CH-08
test("what is put off is left", async () => {
  const done = snooze("7", { until: null, why: "" });
  answer();
  await done;
  expect(location.hash).toBe("#/inbox/mine");
});
