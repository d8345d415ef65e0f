import { beforeEach, describe, expect, it } from "vitest";

import { Chat } from "../src/chat";
import type { FromHub, MessageFrame } from "../src/frames";
import { MemoryStorage, Store, type KeyValueStorage } from "../src/store";
import { FakeEnvironment, settle } from "./fakes";

const HUB = "https://hub.example";
const AT = "2026-02-01T09:00:00Z";

let environment: FakeEnvironment;
let storage: KeyValueStorage;
let chat: Chat;

function open(memory: KeyValueStorage = storage): Chat {
  return new Chat(HUB, new Store(memory, HUB), environment, { lang: "ru" }, () => {}, () => AT);
}

function answer(id: string, text: string, more: Partial<MessageFrame> = {}): FromHub {
  return { type: "message", id, author: "bot", text, at: AT, ...more };
}

function own(id: string, key: string, text: string): FromHub {
  return answer(id, text, { author: "citizen", key });
}

const texts = (of: Chat = chat) => of.list().map(({ message }) => message.text);

beforeEach(async () => {
  environment = new FakeEnvironment();
  storage = new MemoryStorage();
  chat = open();
  chat.connection.start();
  await settle();
  environment.socket.accept();
});

it("keeps what is being written, also over a reload", () => {
  chat.draft = "Где мой пас";
  expect(open().draft).toBe("Где мой пас");
  chat.draft = "";
  expect(open().draft).toBe("");
});

describe("a message of the citizen", () => {
  it("waits, is stored, and is read", () => {
    chat.send("Где мой паспорт?");
    const [key = ""] = environment.socket.keys();
    expect(chat.list()).toMatchObject([{ id: "", row: `k${key}` }]);
    environment.socket.bring({ type: "stored", key, id: "7" });
    expect(chat.list()).toMatchObject([{ id: "7", row: `k${key}` }]);
    environment.socket.bring({ type: "seen", id: "9" });
    expect(chat.readUpTo).toBe("9");
    environment.socket.bring({ type: "seen", id: "8" });
    expect(chat.readUpTo, "an older mark changes nothing").toBe("9");
  });

  it("is shown once, whichever of stored and message comes first", () => {
    chat.send("раз");
    chat.send("два");
    const [first = "", second = ""] = environment.socket.keys();
    environment.socket.bring({ type: "stored", key: first, id: "1" }, own("1", first, "раз"));
    environment.socket.bring(own("2", second, "два"), { type: "stored", key: second, id: "2" }, own("2", second, "два"));
    expect(texts()).toEqual(["раз", "два"]);
  });

  it("is sent again with its key after the connection is lost", async () => {
    chat.send("важно");
    const keys = environment.socket.keys();
    environment.socket.fail();
    await environment.pass(300);
    environment.socket.accept();
    expect(environment.sockets).toHaveLength(2);
    expect(environment.socket.keys()).toEqual(keys);
  });

  it("is sent by the next page when this one is closed too early", async () => {
    environment.socket.fail();
    chat.send("первое");
    chat.send("второе");
    chat.connection.stop();
    const reloaded = open();
    expect(texts(reloaded)).toEqual(["первое", "второе"]);
    reloaded.connection.start();
    await settle();
    environment.socket.accept();
    expect(environment.socket.said()).toEqual(["первое", "второе"]);
  });

  it("is not sent again once it is stored", async () => {
    chat.send("раз");
    environment.socket.bring({ type: "stored", key: environment.socket.keys()[0] ?? "", id: "1" });
    environment.socket.fail();
    await environment.pass(300);
    environment.socket.accept();
    expect(environment.socket.said()).toEqual([]);
  });

  it("stays with its reason when it is refused, across a reload, until it is taken back", async () => {
    chat.send("слишком длинно");
    const [key = ""] = environment.socket.keys();
    environment.socket.bring({ type: "error", code: "too_long", text: "…", key });
    expect(open().list()).toMatchObject([{ refused: "too_long" }]);
    await environment.pass(20_000);
    expect(environment.socket.said()).toEqual(["слишком длинно"]);
    expect(chat.withdraw(key)).toBe("слишком длинно");
    expect(open().list()).toEqual([]);
  });

  it.each(["not_stored", "too_fast"])("is sent again a little later after %s", async (code) => {
    chat.send("раз");
    const [key = ""] = environment.socket.keys();
    environment.socket.bring({ type: "error", code, text: "…", key });
    expect(chat.list()).toMatchObject([{ refused: "" }]);
    await environment.pass(3000);
    expect(environment.socket.keys()).toEqual([key, key]);
  });

  it("shows a dead connection by staying unanswered", async () => {
    chat.send("раз");
    const silent = environment.socket;
    await environment.pass(15_000);
    expect(silent.closed).toBe(true);
    await environment.pass(300);
    environment.socket.accept();
    expect(environment.socket.said()).toEqual(["раз"]);
  });

  it("survives a full storage", () => {
    const full = new MemoryStorage();
    full.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    const poor = open(full);
    poor.send("раз");
    expect(texts(poor)).toEqual(["раз"]);
  });
});

describe("what comes from the hub", () => {
  it("is ordered by id, longer ids after shorter ones", () => {
    environment.socket.bring(answer("10", "десять"), answer("9", "девять"), answer("9007199254740993", "много"));
    expect(texts()).toEqual(["девять", "десять", "много"]);
  });

  it("is replayed after the last message, and only messages move that mark", async () => {
    chat.send("раз");
    environment.socket.bring(answer("5", "ответ"), { type: "stored", key: environment.socket.keys()[0] ?? "", id: "8" });
    environment.socket.fail();
    await environment.pass(300);
    expect(environment.socket.url).toMatch(/^wss:\/\/hub\.example\/chat\/socket\?token=token1&after=5$/);
  });

  it("is shown once when it is replayed", () => {
    environment.socket.bring(answer("1", "раз"), answer("1", "раз"), answer("2", "два"));
    expect(texts()).toEqual(["раз", "два"]);
  });

  it("is left alone when it is unknown or broken", () => {
    environment.socket.onmessage?.(new MessageEvent("message", { data: "{" }));
    environment.socket.bring({ type: "fireworks" } as unknown as FromHub, answer("1", "раз"));
    expect(texts()).toEqual(["раз"]);
  });

  it("ends the typing of the operator, as does time", async () => {
    environment.socket.bring({ type: "typing" });
    expect(chat.operatorTypes).toBe(true);
    environment.socket.bring(answer("1", "раз", { author: "operator" }));
    expect(chat.operatorTypes).toBe(false);
    environment.socket.bring({ type: "typing" });
    await environment.pass(6000);
    expect(chat.operatorTypes).toBe(false);
  });
});

describe("reading and typing", () => {
  it("counts answers as unread until they are seen, also after a reload", () => {
    environment.socket.bring(answer("1", "раз"), answer("2", "два"), own("3", "k", "моё"), answer("4", "…", { author: "system" }));
    expect(chat.unread()).toBe(2);
    chat.markSeen("1");
    expect(chat.unread()).toBe(1);
    expect(environment.socket.sent).toContainEqual({ type: "seen", id: "1" });
    chat.markSeen("1");
    expect(environment.socket.sent.filter(({ type }) => type === "seen")).toHaveLength(1);
    expect(open().seen).toBe("1");
  });

  it("tells that the citizen types once in three seconds", async () => {
    chat.notifyTyping();
    chat.notifyTyping();
    expect(environment.socket.sent).toEqual([{ type: "typing" }]);
    await environment.pass(3000);
    chat.notifyTyping();
    expect(environment.socket.sent).toHaveLength(2);
  });
});

describe("leaving", () => {
  it("is told to the hub, which says how things stand then", () => {
    chat.leave();
    expect(environment.socket.sent).toEqual([{ type: "leave" }]);
    const state = { type: "state", holder: "closed", number: "1", left: true, until: AT } as const;
    environment.socket.bring(state);
    expect(chat.state).toEqual(state);
  });

  it("does nothing without a connection: whoever is still in line sees that he is", () => {
    const { socket } = environment;
    socket.fail();
    chat.leave();
    expect(socket.sent).toEqual([]);
  });
});

describe("two tabs", () => {
  it("show the same session and what the other tab is sending", async () => {
    environment.socket.fail();
    chat.send("из первой");
    const other = open();
    expect(texts(other)).toEqual(["из первой"]);
    other.connection.start();
    await settle();
    expect([...environment.sessions]).toEqual(["token1"]);
  });

  it("both move to a new session that one of them begins", async () => {
    environment.socket.bring(answer("1", "старое"));
    storage.setItem(`okno:${HUB}:token`, "token2");
    chat.changedElsewhere("token");
    await environment.pass(300);
    expect(environment.socket.url).toMatch(/token=token2$/);
    expect(texts()).toEqual([]);
  });
});
