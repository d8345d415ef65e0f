import { Refused } from "@/api/request";
import type { EntryOut, ReplyIn } from "@/api/types";
import { Outbox, type Unsent } from "@/conversations/composer/outbox";
import { entry } from "../fixtures";
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

test("what may be taken back waits, and is not sent once it is", async () => {
  const outbox = opened();
  outbox.add(say("1"), 10_000);
  outbox.add(say("2"), 10_000);
  await vi.advanceTimersByTimeAsync(9_999);
  expect([hub.stored, outbox.newest()?.key]).toEqual([[], "2"]);
  expect(outbox.takeBack("2")?.text).toBe("2");
  await vi.advanceTimersByTimeAsync(1);
  expect([outbox.takeBack("1"), outbox.takeBack("2")]).toEqual([undefined, undefined]);
  await settled();
  expect([hub.stored, outbox.newest(), localStorage.length]).toEqual([["1"], undefined, 0]);
});

test("a later reply does not overtake one that waits, a note to colleagues does", async () => {
  const outbox = opened();
  outbox.add(say("1"), 10_000);
  outbox.add(say("2"));
  outbox.add({ ...say("3"), tab: "note" });
  await vi.advanceTimersByTimeAsync(0);
  expect(hub.stored).toEqual(["3"]);
  await settled();
  expect(hub.stored).toEqual(["3", "1", "2"]);
});

test.each([
  ["in time", 0, true],
  ["not before the line is back", 1, false],
])("whoever leaves a conversation has his replies sent first: %s", async (_, failures, all) => {
  for (let n = 0; n < failures; n += 1) hub.refusals.push(new Refused(0, "unreachable", ""));
  const outbox = opened();
  outbox.add(say("1"), 10_000);
  outbox.add(say("2"), 10_000);
  outbox.add(say("3", "20"), 10_000);
  expect(await outbox.hurry("10")).toBe(all);
  expect(hub.stored).toEqual(all ? ["1", "2"] : []);
  await settled();
  expect(hub.stored.toSorted()).toEqual(["1", "2", "3"]);
});

test("a page that is closed sends what waits, once, whether or not that gets through", async () => {
  const outbox = opened();
  outbox.add(say("1"), 10_000);
  hub.refusals.push(new Refused(0, "unreachable", ""));
  outbox.part();
  await vi.advanceTimersByTimeAsync(0);
  vi.clearAllTimers();
  const next = opened();
  expect(next.newest()).toBeUndefined();
  await vi.advanceTimersByTimeAsync(0);
  expect([hub.stored, next.items]).toEqual([["1"], []]);
});

test("what is taken back in one window is sent by no other, and a window that closes hurries its own alone", async () => {
  const here = opened();
  here.add(say("1"), 10_000);
  here.add(say("2", "20"), 10_000);
  const there = opened();
  there.part();
  await vi.advanceTimersByTimeAsync(0);
  expect(hub.stored).toEqual([]);
  expect(there.takeBack("1")?.text).toBe("1");
  await here.hurry("20");
  expect(there.takeBack("2")).toBeUndefined();
  await settled();
  expect([hub.stored, here.items, there.items]).toEqual([["2"], [], []]);
});
