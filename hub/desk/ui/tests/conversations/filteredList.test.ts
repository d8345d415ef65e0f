import * as conversationsApi from "@/conversations/api";
import { filteredRows, setFilter } from "@/conversations/filteredList";
import { clear, conversationChanged } from "@/conversations/inbox";
import { noFilter } from "@/conversations/listFilter";
import type { ConversationOut, MeOut } from "@/api/types";
import { adopt } from "@/sign_in/session";
import { conversation } from "../fixtures";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { nextTick } from "vue";

const waits = (id: string, queue: string, change: Partial<ConversationOut> = {}) =>
  conversation({ id, waiting_since: "2026-11-24T10:00:00Z", holder: { ...conversation({}).holder, queue }, ...change });
let hub: ConversationOut[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  clear();
  adopt({ login: "petrova", queues: ["general", "social"], permissions: ["serve"], channels: [] } as unknown as MeOut);
  vi.spyOn(conversationsApi, "filtered").mockImplementation(async ({ queue }) => {
    const rows = hub.filter(({ holder }) => holder.queue === queue);
    return { conversations: rows, count: rows.length, total: hub.length, groups: [] } as never;
  });
});

afterEach(() => void vi.useRealTimers());

test("a conversation that changes its queue joins a list of that queue", async () => {
  // OC-01
  hub = [waits("1", "general"), waits("2", "social")];
  setFilter("waiting", { ...noFilter(), several: { ...noFilter().several, queue: ["social"] } });
  await vi.waitFor(() => expect(filteredRows("waiting").map(({ id }) => id)).toEqual(["2"]));
  await vi.advanceTimersByTimeAsync(3000);
  const moved = waits("1", "social");
  hub = [moved, waits("2", "social")];
  conversationChanged(moved);
  await nextTick();
  await vi.advanceTimersByTimeAsync(3000);
  expect(filteredRows("waiting").map(({ id }) => id)).toEqual(["1", "2"]);
});

test("a text that comes asks the hub for nothing", async () => {
  const there = waits("2", "social");
  hub = [there];
  setFilter("waiting", { ...noFilter(), several: { ...noFilter().several, queue: ["social"] } });
  conversationChanged(there);
  await vi.advanceTimersByTimeAsync(3000);
  const asked = vi.mocked(conversationsApi.filtered).mock.calls.length;
  conversationChanged(waits("2", "social", { last_text: "Ещё вопрос" }));
  await vi.advanceTimersByTimeAsync(3000);
  expect(vi.mocked(conversationsApi.filtered).mock.calls.length).toBe(asked);
});
