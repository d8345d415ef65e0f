import { Refused } from "@/api/request";
import type { EntryOut, ReplyIn } from "@/api/types";
import { Outbox, type Unsent } from "@/desk/outbox";
import { entry } from "./fixtures";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

/** The hub at the other end: takes what it is told to take, and knows every key it has seen. */
class Hub {
  readonly stored: string[] = [];
  readonly arrived: string[] = [];
  readonly refusals: Refused[] = [];

  send = (_: Unsent, { key, text }: ReplyIn): Promise<EntryOut> => {
    const refusal = this.refusals.shift();
    if (refusal) return Promise.reject(refusal);
    if (!this.stored.includes(key)) this.stored.push(key);
    return Promise.resolve(entry({ key, text }));
  };
}

let hub: Hub;
const opened = (): Outbox => {
  const outbox = new Outbox({ send: hub.send, arrived: ({ key }) => hub.arrived.push(key), refused: () => {} });
  outbox.open("petrova");
  return outbox;
};
const say = (key: string, conversation = "10") => ({ key, conversation, tab: "reply" as const, text: key, at: Number(key) });
const settled = () => vi.advanceTimersByTimeAsync(60_000);

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  hub = new Hub();
});
afterEach(() => vi.useRealTimers());

test("replies arrive in order and leave nothing behind", async () => {
  const outbox = opened();
  for (const key of ["1", "2", "3"]) outbox.add(say(key));
  await settled();
  expect(hub.stored).toEqual(["1", "2", "3"]);
  expect(outbox.items).toEqual([]);
  expect(localStorage.length).toBe(0);
});

test("a lost line delays, neither losing nor doubling", async () => {
  hub.refusals.push(new Refused(0, "unreachable", ""), new Refused(503, "unavailable", "", 2));
  const outbox = opened();
  outbox.add(say("1"));
  outbox.add(say("2"));
  await vi.advanceTimersByTimeAsync(0);
  expect(outbox.of("10")).toHaveLength(2);
  await settled();
  expect(hub.stored).toEqual(["1", "2"]);
});

test("a page closed with words unsent takes them up again", async () => {
  hub.refusals.push(new Refused(0, "unreachable", ""));
  opened().add(say("1"));
  await vi.advanceTimersByTimeAsync(0);
  const next = opened();
  await settled();
  expect(hub.stored).toEqual(["1"]);
  expect(next.items).toEqual([]);
});

test("a refused reply waits for its author and holds up nobody", async () => {
  hub.refusals.push(new Refused(409, "not_yours", "Обращение ведёт другой оператор."));
  const outbox = opened();
  outbox.add(say("1"));
  outbox.add(say("2"));
  await settled();
  expect(hub.stored).toEqual(["2"]);
  expect(outbox.items.map(({ problem }) => problem)).toEqual(["Обращение ведёт другой оператор."]);
  outbox.retry("1");
  await settled();
  expect(hub.stored).toEqual(["2", "1"]);
});

test("conversations do not wait for each other", async () => {
  hub.refusals.push(new Refused(429, "too_fast", "", 30));
  const outbox = opened();
  outbox.add(say("1", "10"));
  outbox.add(say("2", "20"));
  await vi.advanceTimersByTimeAsync(0);
  expect(hub.stored).toEqual(["2"]);
});

test("the next person at the desk sends nothing of the last", async () => {
  hub.refusals.push(new Refused(0, "unreachable", ""));
  opened().add(say("1"));
  await vi.advanceTimersByTimeAsync(0);
  vi.clearAllTimers();
  const other = new Outbox({ send: hub.send, arrived: () => {}, refused: () => {} });
  other.open("petrova.a");
  await settled();
  expect(hub.stored).toEqual([]);
  expect(localStorage.length).toBe(0);
});

test("what was given up at signing out holds up nobody who comes next", async () => {
  const outbox = new Outbox({ send: (unsent, words) => (unsent.key === "1" ? new Promise(() => {}) : hub.send(unsent, words)), arrived: () => {}, refused: () => {} });
  outbox.open("petrova");
  outbox.add(say("1"));
  outbox.clear();
  outbox.open("sidorova");
  outbox.add(say("2"));
  await settled();
  expect([hub.stored, outbox.items]).toEqual([["2"], []]);
});
