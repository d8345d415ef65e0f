
import * as conversationsApi from "@/conversations/api";
import { clear, counts, hasMore, updateConversations, conversationsIn, load, loadMore, total } from "@/conversations/inbox";
import type { MeOut } from "@/api/types";
import { adopt } from "@/sign_in/session";
import { conversation } from "../fixtures";
import { beforeEach, expect, test, vi } from "vitest";

const waits = (n: number) => conversation({ id: String(1000 + n), waiting_since: new Date(Date.UTC(2026, 10, 24, 10, 0, n)).toISOString() });
const all = Array.from({ length: 7 }, (_, n) => waits(n));
const shown = (): string[] => conversationsIn("waiting").map(({ id }) => id);

beforeEach(() => {
  clear();
  adopt({ login: "petrova", queues: ["general"], permissions: ["serve"], channels: [] } as unknown as MeOut);
  counts.waiting = all.length;
  // The hub as it answers: three rows a page.
  vi.spyOn(conversationsApi, "inbox").mockImplementation(async (_, after = "") => {
    const from = after === "" ? 0 : Number(after);
    return { conversations: all.slice(from, from + 3), next: from + 3 < all.length ? String(from + 3) : "" };
  });
});

test("a list is loaded page by page to its end, and counted whole from the beginning", async () => {
  await load("waiting");
  expect([shown().length, hasMore("waiting"), total("waiting")]).toEqual([3, true, 7]);
  await loadMore("waiting");
  await loadMore("waiting");
  expect([shown(), hasMore("waiting"), total("waiting")]).toEqual([all.map(({ id }) => id), false, 7]);
});

test("who comes behind what is loaded is not shown beside a gap", async () => {
  await load("waiting");
  updateConversations([waits(6)]);
  expect(shown()).toEqual(["1000", "1001", "1002"]);
  await loadMore("waiting");
  await loadMore("waiting");
  expect(shown().at(-1)).toBe("1006");
});

test("after a broken line a list is as long as it was, without those who have gone", async () => {
  await load("waiting");
  await loadMore("waiting");
  expect(shown().length).toBe(6);
  updateConversations([{ ...waits(20), id: "999", waiting_since: "2026-11-24T10:00:01.500Z" }]);
  await load("waiting");
  expect(shown()).toEqual(["1000", "1001", "1002", "1003", "1004", "1005", "1006"]);
});

test("a page that the list itself has overtaken is asked for again", async () => {
  await load("waiting");
  const [, goesOn] = await Promise.all([load("waiting"), loadMore("waiting")]);
  expect([goesOn, shown().length]).toEqual([true, 3]);
});
