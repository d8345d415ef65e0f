import { beforeEach, describe, expect, it } from "vitest";

import { Chat } from "../src/chat";
import { waitMs } from "../src/connection";
import { MemoryShelf, Store } from "../src/store";
import { FakeWorld, settle } from "./world";

const HUB = "https://hub.example";

let world: FakeWorld;
let store: Store;
let chat: Chat;

beforeEach(() => {
  world = new FakeWorld();
  store = new Store(new MemoryShelf(), HUB);
  chat = new Chat(HUB, store, world, { lang: "ru" }, () => {});
});

describe("the wait", () => {
  it("doubles from 0.3 s to 15 s, half of it by chance", () => {
    expect([0, 1, 2, 5, 6, 50].map((attempt) => waitMs(attempt, 1))).toEqual([300, 600, 1200, 9600, 15_000, 15_000]);
    expect(waitMs(1, 0)).toBe(300);
  });

  it("grows while nothing answers", async () => {
    world.reachable = false;
    chat.connection.start();
    await settle();
    await world.pass(299);
    expect(world.asked).toHaveLength(1);
    await world.pass(1);
    expect(world.asked).toHaveLength(2);
    await world.pass(599);
    expect(world.asked).toHaveLength(2);
    await world.pass(1);
    expect(world.asked).toHaveLength(3);
  });

  it("ends at once when the network is back", async () => {
    world.reachable = false;
    chat.connection.start();
    await settle();
    world.reachable = true;
    chat.connection.wake();
    await settle();
    expect(world.sockets).toHaveLength(1);
  });

  it("starts small again only after a frame: a proxy may accept and drop", async () => {
    chat.connection.start();
    await settle();
    for (const wait of [300, 600]) {
      world.socket.accept();
      world.socket.fail();
      await world.pass(wait - 1);
      const dialled = world.sockets.length;
      await world.pass(1);
      expect(world.sockets).toHaveLength(dialled + 1);
    }
    world.socket.accept();
    world.socket.bring({ type: "state", holder: "bot", number: "1" });
    world.socket.fail();
    await world.pass(300);
    expect(world.sockets).toHaveLength(4);
  });
});

describe("the session", () => {
  it("is kept when the hub was only away", async () => {
    chat.connection.start();
    await settle();
    world.socket.fail();
    await world.pass(300);
    expect(world.asked).toEqual(["POST", "GET"]);
    expect(world.socket.url).toContain("token=token1");
  });

  it("is not asked about when the connection was merely lost", async () => {
    chat.connection.start();
    await settle();
    world.socket.accept();
    world.socket.fail();
    await world.pass(300);
    expect(world.asked).toEqual(["POST"]);
  });

  it("is begun anew when the hub has forgotten it, and what waited goes there", async () => {
    store.set("token", "forgotten");
    store.set("seen", "99");
    chat.say("вопрос");
    chat.connection.start();
    await settle();
    world.socket.fail();
    await world.pass(300);
    expect(world.asked).toEqual(["GET", "POST"]);
    world.socket.accept();
    expect(world.socket.url).toMatch(/token=token1$/);
    expect(world.socket.said()).toEqual(["вопрос"]);
    expect(chat.seen).toBe("");
  });

  it("is left when the element goes", async () => {
    chat.connection.start();
    await settle();
    const { socket } = world;
    chat.connection.stop();
    expect(socket.closed).toBe(true);
    await world.pass(60_000);
    expect(world.sockets).toHaveLength(1);
  });
});

describe("a socket that the hub is closing", () => {
  it("is given nothing more: what is said then waits for the next", async () => {
    chat.connection.start();
    await settle();
    world.socket.accept();
    world.socket.readyState = 2; // CLOSING
    chat.say("Сказано в последний миг");
    expect(world.socket.sent).toEqual([]);
    world.socket.fail();
    await world.pass(300);
    world.socket.accept();
    expect(world.socket.sent).toMatchObject([{ type: "say", text: "Сказано в последний миг" }]);
  });
});
