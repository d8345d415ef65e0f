import type { AddressOut, CitizenCardOut, HistoryOut, IdentityOut } from "@/api/types";
import { chosen, onIdentityChanged, leave, citizen, show } from "@/citizens/identity";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const address = (value: string): AddressOut => ({ id: `sms.smpp:${value}`, channel: "sms.smpp", value, own: true, at: null, by: "", how: null });
const identity = (value: string): IdentityOut => ({ addresses: [address(value)], awaited: null, channels: [], undelivered: "" });
const card: CitizenCardOut = { phone: "", email: "", tags: [], fields: [], notes: [], events: [] };
const nothing: HistoryOut = { contacts: [], more: false };

let asked: string[] = [];
let answers = new Map<string, (of: Response) => void>();

beforeEach(() => {
  asked = [];
  answers = new Map();
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    if (path.endsWith("/citizen")) return Promise.resolve(Response.json(card));
    return path.endsWith("/history") ? Promise.resolve(Response.json(nothing)) : new Promise<Response>((resolve) => answers.set(path, resolve));
  });
});
afterEach(() => vi.unstubAllGlobals());

test("only the conversation that was opened last is shown", async () => {
  const first = show("1");
  chosen.address = address("1");
  const second = show("2");
  answers.get("/api/conversations/2/identity")?.(Response.json(identity("2")));
  answers.get("/api/conversations/1/identity")?.(Response.json(identity("1")));
  await Promise.all([first, second]);
  expect([citizen.id, citizen.identity?.addresses[0]?.value, chosen.address]).toEqual(["2", "2", null]);
});

test("a conversation that has no history is shown without", async () => {
  const shown = show("3");
  answers.get("/api/conversations/3/identity")?.(Response.json({ error: "federal", text: "Нет" }, { status: 403 }));
  await shown;
  expect([citizen.id, citizen.identity]).toEqual(["3", null]);
});

test("only news of the open conversation are asked for", async () => {
  const shown = show("4");
  answers.get("/api/conversations/4/identity")?.(Response.json(identity("4")));
  await shown;
  await onIdentityChanged("5");
  expect(asked.length).toBe(3);
  leave();
  await onIdentityChanged("4");
  expect(asked.length).toBe(3);
});
