import type { ChannelOut } from "@/api/types";
import { channels, down, forget, setChannels } from "@/monitoring/channels";
import { toasts } from "@/ui/toasts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const channel = (name: string, change: Partial<ChannelOut> = {}): ChannelOut => ({
  channel: name,
  up: true,
  words: "",
  last_in: null,
  last_out: null,
  waiting: 0,
  error: "",
  failed_at: null,
  blocked: 0,
  dampened: 0,
  released: 0,
  tries: false,
  trial: null,
  ...change,
});
const said = (): string[] => toasts.map(({ text }) => text);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  forget();
  toasts.splice(0);
  vi.useRealTimers();
});

test("a channel that goes down is called out once, and so is its return", () => {
  setChannels([channel("sms.smpp"), channel("web.chat")]);
  setChannels([channel("sms.smpp", { up: false, words: "SMSC не отвечает" }), channel("web.chat")]);
  setChannels([channel("sms.smpp", { up: false, words: "SMSC не отвечает", waiting: 3 }), channel("web.chat")]);
  expect([said(), down.value]).toEqual([["Канал «СМС» не работает: SMSC не отвечает."], 1]);
  setChannels([channel("sms.smpp"), channel("web.chat")]);
  expect([said().at(-1), down.value]).toEqual(["Канал «СМС» снова работает.", 0]);
});

test("what was down before this desk was opened is counted and not called out", () => {
  setChannels([channel("email.imap", { up: false, words: "нет связи" })]);
  expect([said(), down.value, channels.list?.length]).toEqual([[], 1, 1]);
});
