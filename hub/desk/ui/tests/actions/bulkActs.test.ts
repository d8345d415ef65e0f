import { closeAll, takeAll } from "@/actions/bulkActs";
import { toasts } from "@/ui/toasts";
import { forgetStores } from "@/ui/stores";
import { conversation, held, holder } from "../fixtures";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const asked: string[] = [];

/** A hub that refuses what is done to the second conversation. */
function hub(): void {
  vi.stubGlobal("fetch", (url: string, { method = "GET" }: RequestInit = {}) => {
    asked.push(`${method} ${url}`);
    return Promise.resolve(url.includes("/2/") ? Response.json({ error: "steps_ahead", text: "Сначала пройдите шаги." }, { status: 409 }) : Response.json({}));
  });
}

beforeEach(() => {
  forgetStores();
  asked.length = 0;
  hub();
});
afterEach(() => vi.unstubAllGlobals());

const rows = [conversation({ id: "1", holder: held("petrova") }), conversation({ id: "2", holder: held("petrova") }), conversation({ id: "3", holder: holder({ queue: "social" }) })];

// CH-09
test("each is closed by itself, what was refused is told, and the others can be undone", async () => {
  expect(await closeAll(rows, "other")).toBe(true);
  expect(asked).toEqual(["1", "2", "3"].map((id) => `POST /api/conversations/${id}/close`));
  expect(toasts.at(-1)?.text).toBe("Завершены 2 разговора. Осталось 1: Сначала пройдите шаги.");
  asked.length = 0;
  toasts.at(-1)?.undo?.();
  await vi.waitFor(() => expect(toasts.at(-1)?.text).toBe("Возвращено 2 разговора."));
  // What waited goes back to its queue.
  expect(asked).toEqual(["POST /api/conversations/1/reopen", "POST /api/conversations/3/reopen", "POST /api/conversations/3/transfer"]);
});

test("where nothing was done there is nothing to undo", async () => {
  expect(await takeAll([rows[1] as (typeof rows)[number]])).toBe(false);
  expect(toasts.at(-1)).toMatchObject({ tone: "bad", text: "Взято 0 разговоров. Осталось 1: Сначала пройдите шаги." });
});
