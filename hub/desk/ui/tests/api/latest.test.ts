import { forgetStores } from "@/ui/stores";
import { Refused } from "@/api/request";
import { clear, knownConversations, updateConversations, load, moment, removeConversation } from "@/conversations/inbox";
import { latest } from "@/api/latest";
import { adopt } from "@/sign_in/session";
import { open, show, onAccessWithdrawn } from "@/conversations/timeline";
import type { MeOut } from "@/api/types";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { conversation, entry } from "../fixtures";

/** Questions whose answers come in whatever order a test likes. */
function question<T>() {
  let answer!: (of: T) => void;
  let refuse!: (why: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    [answer, refuse] = [resolve, reject];
  });
  return { promise, answer, refuse };
}

const heard: string[] = [];
const take = (said: string): void => void heard.push(said);
const refused = ({ code }: Refused): void => void heard.push(code);

beforeEach(() => {
  heard.splice(0);
});
afterEach(() => vi.unstubAllGlobals());

test("only the answer to the last question counts, whichever comes first", async () => {
  const asking = latest();
  const [first, second, third] = [question<string>(), question<string>(), question<string>()];
  const all = [first, second, third].map(({ promise }) => asking(promise, take, refused));
  second.answer("second");
  await all[1];
  expect([heard, asking.waits()]).toEqual([[], true]);
  third.answer("third");
  first.refuse(new Refused(500, "first", ""));
  await Promise.all(all);
  expect([heard, asking.waits()]).toEqual([["third"], false]);
});

test("a refusal of the last one is heard, and what was dropped is for nobody", async () => {
  const asking = latest();
  const [first, second] = [question<string>(), question<string>()];
  const one = asking(first.promise, take, refused);
  first.refuse(new Refused(403, "forbidden", ""));
  await one;
  const other = asking(second.promise, take, refused);
  asking.drop();
  second.answer("late");
  await other;
  expect([heard, asking.waits()]).toEqual([["forbidden"], false]);
});

test("a fault of the desk is no refusal", async () => {
  await expect(latest()(Promise.reject(new TypeError("ours")), take, refused)).rejects.toThrow("ours");
});

/** The hub's answers, given when the test says so. */
function slowHub(): ((body: unknown) => void)[] {
  const answers: ((body: unknown) => void)[] = [];
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => answers.push((body) => resolve(Response.json(body)))));
  return answers;
}

const texts = (): Record<string, string> => Object.fromEntries([...knownConversations.values()].map(({ id, last_text }) => [id, last_text]));

test("what the live line told since a list was asked for is newer than the list", async () => {
  adopt({ login: "anna", permissions: ["see_all"], queues: [], channels: [] } as unknown as MeOut);
  clear();
  updateConversations([conversation({ id: "1", last_text: "old" }), conversation({ id: "3", last_text: "gone" })]);
  const [answers, loading] = [slowHub(), load("waiting")];
  updateConversations([conversation({ id: "1", last_text: "told" }), conversation({ id: "2", last_text: "new" })]);
  removeConversation("4");
  answers[0]?.({ conversations: [conversation({ id: "1", last_text: "listed" }), conversation({ id: "4" })], more: false });
  await loading;
  expect(texts()).toEqual({ "1": "told", "2": "new" });
});

test("an answer that was asked for before everything was forgotten is forgotten, too", async () => {
  const [answers, loading] = [slowHub(), load("waiting")];
  clear();
  answers[0]?.({ conversations: [conversation({ id: "1" })], more: false });
  await loading;
  updateConversations([conversation({ id: "2" })], 0);
  expect([knownConversations.size, moment() > 0]).toEqual([0, true]);
});

test("what may not be seen any more is not opened by an answer that was under way", async () => {
  const answers = slowHub();
  const shown = show("10");
  onAccessWithdrawn("10");
  answers[0]?.({ conversation: conversation(), entries: [entry()], more: false, seen_by_citizen: "" });
  await shown;
  expect([open.state, open.entries, knownConversations.has("10")]).toEqual(["closed", [], false]);
  forgetStores();
});

test("what is asked for again while an answer is awaited is asked for once, after it", async () => {
  const asking = latest();
  const answers: ((of: string) => void)[] = [];
  const ask = (): Promise<void> => asking(new Promise<string>((resolve) => answers.push(resolve)), take, refused);
  const all = ask();
  for (const [index, told] of ["a", "b", "c", "d"].entries()) {
    asking.again(ask);
    asking.again(ask);
    answers.at(-1)?.(told);
    await vi.waitFor(() => expect(answers.length).toBe(index + 2));
  }
  // One is passed over, the next is shown: news without end hide nothing for ever.
  expect([heard, answers.length]).toEqual([["b", "d"], 5]);
  answers.at(-1)?.("e");
  await all;
  expect([heard, asking.waits()]).toEqual([["b", "d", "e"], false]);
});
