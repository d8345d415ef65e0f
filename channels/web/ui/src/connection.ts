/** One socket that is always being kept alive: session, back-off, replay from the last message. Knows no DOM. */

import { parse, type FromHub, type ToHub } from "./frames";
import type { Store } from "./store";

/** The part of `WebSocket` that is needed. */
export interface Socket {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  readonly readyState: number;
  send(data: string): void;
  close(): void;
}

/** WebSocket.OPEN: a socket that the hub is closing takes nothing any more, some time before it says so. */
const OPEN = 1;

/** The outside world, handed in so that tests own the clock, the dice and the network. */
export interface Environment {
  dial(url: string): Socket;
  request(method: "GET" | "POST", url: string, body?: object): Promise<{ status: number; body: unknown }>;
  /** Runs `task` after `ms`; the answer cancels it. */
  later(ms: number, task: () => void): () => void;
  random(): number;
  /** Runs `task` in one tab at a time, so that two tabs do not open two sessions. */
  alone(task: () => Promise<void>): Promise<void>;
}

/** What the site tells the hub of the citizen: his language, and the place that it answers for. */
export interface VisitorContext {
  lang: string;
  place?: { subject?: string; municipality?: string; mfc?: string };
}

export interface ConnectionListener {
  receiveFrame(frame: FromHub): void;
  /** The socket is open: send what waits. */
  opened(): void;
  lost(): void;
  /** The hub no longer knows the old session; a new conversation begins. */
  sessionRenewed(): void;
  /** The hub takes nothing from here, and says how else one is heard. */
  blocked(words: string): void;
  /** Id of the last message that was received. */
  last(): string;
}

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 15_000;

/** Half of the wait is chance, so that a hub that comes back is not met by all its citizens at once. */
export function waitMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
  return Math.round(full * (0.5 + random / 2));
}

export class Connection {
  private socket: Socket | undefined;
  private open = false;
  private running = false;
  private busy = false;
  private attempt = 0;
  /** The last handshake failed: the hub may have forgotten the session. */
  private doubted = false;
  private dialled = "";
  private cancelWait: (() => void) | undefined;

  constructor(
    private readonly hub: string,
    private readonly store: Store,
    private readonly environment: Environment,
    private readonly listener: ConnectionListener,
    private readonly context: VisitorContext,
  ) {}

  get token(): string {
    return this.store.get("token");
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    void this.connect();
  }

  stop(): void {
    this.running = false;
    this.drop();
    this.cancelWait?.();
    this.cancelWait = undefined;
  }

  /** Ends a back-off early: the network is back, or the reader is. */
  wake(): void {
    if (!this.running || !this.cancelWait) return;
    this.attempt = 0;
    this.cancelWait();
    this.cancelWait = undefined;
    void this.connect();
  }

  /** The socket is known or suspected to be dead, or another tab has begun a new session. */
  reconnect(): void {
    if (!this.running || !this.socket) return;
    this.drop();
    this.retry();
  }

  send(frame: ToHub): boolean {
    if (!this.open || this.socket?.readyState !== OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private async connect(): Promise<void> {
    if (this.busy || this.socket) return;
    this.busy = true;
    const ready = await this.session().catch(() => false);
    this.busy = false;
    if (!this.running) return;
    if (ready) this.dial();
    else this.retry();
  }

  /** True when there is a session to connect to. */
  private async session(): Promise<boolean> {
    // A refused handshake and an absent network look the same to a page: ask which it is.
    if (this.doubted && this.token && (await this.sessionForgotten())) this.store.set("token", "");
    if (!this.token) await this.environment.alone(() => this.begin());
    return this.token !== "";
  }

  private async sessionForgotten(): Promise<boolean> {
    const asked = this.token;
    const { status } = await this.environment.request("GET", `${this.hub}/chat/session?token=${encodeURIComponent(asked)}`);
    // Another tab may have begun a new session meanwhile.
    return status === 404 && asked === this.token;
  }

  private async begin(): Promise<void> {
    if (this.token) return;
    const { status, body } = await this.environment.request("POST", `${this.hub}/chat/sessions`, this.context);
    const { token, text } = (body ?? {}) as { token?: unknown; text?: unknown };
    if (status === 403 && typeof text === "string") this.listener.blocked(text);
    if (status < 300 && typeof token === "string") this.store.set("token", token);
  }

  private dial(): void {
    const { token } = this;
    if (this.dialled && this.dialled !== token) this.listener.sessionRenewed();
    this.dialled = token;
    this.doubted = true;
    const after = this.listener.last();
    const query = `token=${encodeURIComponent(token)}${after ? `&after=${after}` : ""}`;
    const socket = this.environment.dial(`${this.hub.replace(/^http/, "ws")}/chat/socket?${query}`);
    this.socket = socket;
    socket.onopen = () => {
      this.open = true;
      this.doubted = false;
      this.listener.opened();
    };
    socket.onmessage = ({ data }) => {
      // Only a frame proves that the hub is there: a proxy may accept the socket and drop it.
      this.attempt = 0;
      const frame = parse(data);
      if (frame) this.listener.receiveFrame(frame);
    };
    socket.onclose = () => {
      this.drop();
      this.retry();
    };
  }

  private drop(): void {
    const { socket, open } = this;
    this.socket = undefined;
    this.open = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    if (open) this.listener.lost();
  }

  private retry(): void {
    if (!this.running) return;
    this.cancelWait = this.environment.later(waitMs(this.attempt++, this.environment.random()), () => {
      this.cancelWait = undefined;
      void this.connect();
    });
  }
}
