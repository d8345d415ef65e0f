import { backoffMs } from "@/live/backoff";
import { LiveSocket } from "@/live/socket";
import type { ToDesk } from "@/api/types";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

/** The hub's end of the line. */
class Line extends EventTarget {
  static readonly OPEN = 1;
  static readonly all: Line[] = [];
  readyState = 0;
  readonly sent: string[] = [];

  constructor(readonly url: string) {
    super();
    Line.all.push(this);
  }

  static get last(): Line {
    const line = Line.all.at(-1);
    if (line === undefined) throw new Error("nobody has called");
    return line;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }

  answer(...frames: unknown[]): void {
    this.readyState = Line.OPEN;
    this.dispatchEvent(new Event("open"));
    for (const frame of frames) this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }
}

const heard: ToDesk[] = [];
const states: boolean[] = [];
let refusals = 0;
let socket: LiveSocket;
const hello = { type: "hello", presence: "ready" };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Line);
  for (const list of [Line.all, heard, states]) list.splice(0);
  refusals = 0;
  socket = new LiveSocket("ws://hub/api/socket", {
    frame: (frame) => heard.push(frame),
    connected: (yes) => states.push(yes),
    refused: () => (refusals += 1),
  });
});
afterEach(() => {
  socket.hangUp();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("frames are heard and told", () => {
  expect(socket.send({ type: "watch", conversation: "10" })).toBe(false);
  Line.last.answer(hello);
  expect(heard).toEqual([hello]);
  expect(socket.send({ type: "watch", conversation: "10" })).toBe(true);
  expect(Line.last.sent).toEqual(['{"type":"watch","conversation":"10"}']);
});

test("a lost line comes back by itself", async () => {
  Line.last.answer(hello);
  Line.last.close();
  await vi.advanceTimersByTimeAsync(500);
  expect(Line.all).toHaveLength(2);
  Line.last.answer(hello);
  expect(states).toEqual([true, false, true]);
  expect(refusals).toBe(0);
});

test("a hub that drops the line at once is not stormed", async () => {
  for (let n = 0; n < 6; n += 1) {
    Line.last.answer();
    Line.last.close();
    await vi.advanceTimersByTimeAsync(500 * 2 ** n);
  }
  Line.last.close();
  await vi.advanceTimersByTimeAsync(5000);
  expect(Line.all).toHaveLength(7);
  expect(refusals).toBe(1);
});

test("the network's return is a reason to call at once", async () => {
  Line.last.answer(hello);
  globalThis.dispatchEvent(new Event("offline"));
  expect(states.at(-1)).toBe(false);
  globalThis.dispatchEvent(new Event("online"));
  expect(Line.all).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Line.all).toHaveLength(2);
});

test("after hanging up nobody calls back", async () => {
  Line.last.answer(hello);
  socket.hangUp();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(Line.all).toHaveLength(1);
});

test("the back-off doubles up to 20 s, with half of it left to chance", () => {
  expect([0, 1, 2, 9].map((attempt) => backoffMs(attempt, 1))).toEqual([500, 1000, 2000, 20_000]);
  expect([0, 1, 2, 9].map((attempt) => backoffMs(attempt, 0))).toEqual([250, 500, 1000, 10_000]);
});
