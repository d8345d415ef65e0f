/** A hub, a clock and a network for tests: all of it obeys the test, none of it is real. */

import type { Socket, Environment } from "../src/connection";
import type { FromHub, ToHub } from "../src/frames";

export class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: ToHub[] = [];
  readyState = 1;
  closed = false;

  constructor(readonly url: string) {}

  send(data: string): void {
    this.sent.push(JSON.parse(data) as ToHub);
  }
  close(): void {
    this.closed = true;
  }

  accept(): void {
    this.onopen?.(new Event("open"));
  }
  fail(): void {
    this.onclose?.(new CloseEvent("close"));
  }
  bring(...frames: FromHub[]): void {
    for (const frame of frames) this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }

  said(): string[] {
    return this.sent.flatMap((frame) => (frame.type === "say" ? frame.text : []));
  }
  keys(): string[] {
    return this.sent.flatMap((frame) => (frame.type === "say" ? frame.key : []));
  }
}

export class FakeEnvironment implements Environment {
  readonly sockets: FakeSocket[] = [];
  readonly asked: string[] = [];
  /** Sessions that the hub knows. */
  readonly sessions = new Set<string>();
  reachable = true;
  private tasks: { at: number; task: () => void }[] = [];
  private clock = 0;

  dial(url: string): Socket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  }

  get socket(): FakeSocket {
    const last = this.sockets[this.sockets.length - 1];
    if (!last) throw new Error("nothing was dialled");
    return last;
  }

  async request(method: string, url: string): Promise<{ status: number; body: unknown }> {
    this.asked.push(method);
    if (!this.reachable) throw new TypeError("Failed to fetch");
    if (method === "POST") {
      const token = `token${this.sessions.size + 1}`;
      this.sessions.add(token);
      return { status: 201, body: { token, conversation: "1" } };
    }
    const known = this.sessions.has(new URL(url).searchParams.get("token") ?? "");
    return { status: known ? 200 : 404, body: {} };
  }

  later(ms: number, task: () => void): () => void {
    const timer = { at: this.clock + ms, task };
    this.tasks.push(timer);
    return () => (this.tasks = this.tasks.filter((one) => one !== timer));
  }

  random(): number {
    return 1;
  }

  alone(task: () => Promise<void>): Promise<void> {
    return task();
  }

  /** Lets `ms` pass, and all that is due happen. */
  async pass(ms: number): Promise<void> {
    this.clock += ms;
    await settle();
    const due = this.tasks.filter(({ at }) => at <= this.clock);
    this.tasks = this.tasks.filter(({ at }) => at > this.clock);
    for (const { task } of due) task();
    await settle();
  }
}

/** Lets answers that are already there arrive. */
export function settle(): Promise<void> {
  return new Promise((done) => setTimeout(done));
}
