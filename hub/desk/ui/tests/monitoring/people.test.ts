import type { PersonNow, TalkNow } from "@/api/types";
import { type SortKey, fits, isSilent, oldest, ordered, silentMs } from "@/monitoring/people";
import { expect, test } from "vitest";

const NOW = Date.parse("2026-11-30T10:10:00Z");
const talk = (conversation: string, waits: string | null, danger = false): TalkNow => ({ conversation, number: conversation, channel: "web.chat", since: "2026-11-30T10:00:00Z", waits, words: "Где мой паспорт?", danger });
const person = (name: string, talks: TalkNow[], work: PersonNow["work"] = "talking"): PersonNow => ({ login: name, name, work, since: "2026-11-30T10:00:00Z", load: talks.length * 25, presence: "ready", until: null, queues: ["general"], talks, mine: true, loan: null, limit: { chats: 0, written: 0 }, written: talks.length, chats: talks.length });

const anna = person("Анна", [talk("1", "2026-11-30T10:09:00Z"), talk("2", "2026-11-30T10:02:00Z")]);
const boris = person("Борис", [talk("3", null), talk("4", null, true)]);
const vera = person("Вера", [], "free");

test("the talk without an answer for the longest time is the one to take; danger to life before it", () => {
  expect(oldest(anna)?.conversation).toBe("2");
  expect(silentMs(anna, NOW)).toBe(8 * 60_000);
  expect(oldest(boris)?.conversation).toBe("4");
  expect(oldest(vera)).toBeUndefined();
});

test("three minutes without an answer are silence", () => {
  expect([anna, boris, vera].map((one) => isSilent(one, NOW))).toEqual([true, false, false]);
  expect(fits(vera, "free", NOW)).toBe(true);
  expect(fits(vera, "silent", NOW)).toBe(false);
});

const names = (key: SortKey, down: boolean): string[] => ordered([vera, anna, boris], key, down, NOW).map(({ name }) => name);

test("danger to life stays on top whatever the order is", () => {
  expect(names("waits", true)).toEqual(["Борис", "Анна", "Вера"]);
  expect(names("name", false)).toEqual(["Борис", "Анна", "Вера"]);
  expect(names("load", false)).toEqual(["Борис", "Вера", "Анна"]);
});
