import { beforeEach, describe, expect, it } from "vitest";

import { Chat } from "../src/chat";
import { waitMs } from "../src/connection";
import { MemoryStorage, Store } from "../src/store";
import { FakeEnvironment, settle } from "./fakes";

const HUB = "https://hub.example";

let environment: FakeEnvironment;
let store: Store;
let chat: Chat;

beforeEach(() => {
  environment = new FakeEnvironment();
  store = new Store(new MemoryStorage(), HUB);
  chat = new Chat(HUB, store, environment, { lang: "ru" }, () => {});
});

describe("the wait", () => {
  it("doubles from 0.3 s to 15 s, half of it by chance", () => {
    expect([0, 1, 2, 5, 6, 50].map((attempt) => waitMs(attempt, 1))).toEqual([300, 600, 1200, 9600, 15_000, 15_000]);
    expect(waitMs(1, 0)).toBe(300);
  });

  it("grows while nothing answers", async () => {
    environment.reachable = false;
    chat.connection.start();
    await settle();
    await environment.pass(299);
    expect(environment.asked).toHaveLength(1);
    await environment.pass(1);
    expect(environment.asked).toHaveLength(2);
    await environment.pass(599);
    expect(environment.asked).toHaveLength(2);
    await environment.pass(1);
    expect(environment.asked).toHaveLength(3);
  });

  it("ends at once when the network is back", async () => {
    environment.reachable = false;
    chat.connection.start();
    await settle();
    environment.reachable = true;
    chat.connection.wake();
    await settle();
    expect(environment.sockets).toHaveLength(1);
  });

  it("starts small again only after a frame: a proxy may accept and drop", async () => {
    chat.connection.start();
    await settle();
    for (const wait of [300, 600]) {
      environment.socket.accept();
      environment.socket.fail();
      await environment.pass(wait - 1);
      const dialled = environment.sockets.length;
      await environment.pass(1);
      expect(environment.sockets).toHaveLength(dialled + 1);
    }
    environment.socket.accept();
    environment.socket.bring({ type: "state", holder: "bot", number: "1" });
    environment.socket.fail();
    await environment.pass(300);
    expect(environment.sockets).toHaveLength(4);
  });
});

describe("the session", () => {
  it("is kept when the hub was only away", async () => {
    chat.connection.start();
    await settle();
    environment.socket.fail();
    await environment.pass(300);
    expect(environment.asked).toEqual(["POST", "GET"]);
    expect(environment.socket.url).toContain("token=token1");
  });

  it("is not asked about when the connection was merely lost", async () => {
    chat.connection.start();
    await settle();
    environment.socket.accept();
    environment.socket.fail();
    await environment.pass(300);
    expect(environment.asked).toEqual(["POST"]);
  });

  it("is begun anew when the hub has forgotten it, and what waited goes there", async () => {
    store.set("token", "forgotten");
    store.set("seen", "99");
    chat.send("вопрос");
    chat.connection.start();
    await settle();
    environment.socket.fail();
    await environment.pass(300);
    expect(environment.asked).toEqual(["GET", "POST"]);
    environment.socket.accept();
    expect(environment.socket.url).toMatch(/token=token1$/);
    expect(environment.socket.said()).toEqual(["вопрос"]);
    expect(chat.seen).toBe("");
  });

  it("is left when the element goes", async () => {
    chat.connection.start();
    await settle();
    const { socket } = environment;
    chat.connection.stop();
    expect(socket.closed).toBe(true);
    await environment.pass(60_000);
    expect(environment.sockets).toHaveLength(1);
  });
});

describe("a socket that the hub is closing", () => {
  it("is given nothing more: what is said then waits for the next", async () => {
    chat.connection.start();
    await settle();
    environment.socket.accept();
    environment.socket.readyState = 2; // CLOSING
    chat.send("Сказано в последний миг");
    expect(environment.socket.sent).toEqual([]);
    environment.socket.fail();
    await environment.pass(300);
    environment.socket.accept();
    expect(environment.socket.sent).toMatchObject([{ type: "say", text: "Сказано в последний миг" }]);
  });
});
