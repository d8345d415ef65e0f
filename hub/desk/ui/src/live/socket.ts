import { backoffMs } from "./backoff";
import type { FromDesk, ToDesk } from "@/api/types";

export interface SocketListener {
  frame(frame: ToDesk): void;
  /** The line was lost or came back. */
  connected(yes: boolean): void;
  /** A connection was refused before it opened: perhaps the session has ended. */
  refused(): void;
}

/** The live line to the hub. It comes back by itself until hung up. */
export class LiveSocket {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hungUp = false;

  constructor(
    private readonly address: string,
    private readonly ears: SocketListener,
  ) {
    addEventListener("online", this.atOnce);
    addEventListener("offline", this.lost);
    this.connect();
  }

  /** False when the line is down; nothing is kept for later, since the hub is told everything anew after "hello". */
  send(frame: FromDesk): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  hangUp(): void {
    this.hungUp = true;
    clearTimeout(this.timer);
    removeEventListener("online", this.atOnce);
    removeEventListener("offline", this.lost);
    this.socket?.close();
  }

  /** Nothing has come for long: the line may be dead without anybody having said so. */
  comeBack(): void {
    if (this.hungUp) return;
    this.lost();
  }

  private connect(): void {
    const socket = new WebSocket(this.address);
    let opened = false;
    this.socket = socket;
    socket.addEventListener("open", () => {
      opened = true;
      this.ears.connected(true);
    });
    socket.addEventListener("message", (event) => {
      if (this.socket !== socket) return;
      // Only now: a hub that opens and drops the line at once must still be backed off from.
      this.attempt = 0;
      this.ears.frame(JSON.parse(String(event.data)) as ToDesk);
    });
    socket.addEventListener("close", () => {
      if (this.hungUp || this.socket !== socket) return;
      this.ears.connected(false);
      if (!opened) this.ears.refused();
      this.later();
    });
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), backoffMs(this.attempt, Math.random()));
    this.attempt += 1;
  }

  /** A try for every wake-up of the network, without waiting for the back-off to pass. */
  private readonly atOnce = (): void => {
    if (this.socket?.readyState === WebSocket.OPEN) return;
    this.attempt = 0;
    this.abandon();
    this.connect();
  };

  private readonly lost = (): void => {
    this.abandon();
    this.ears.connected(false);
    this.later();
  };

  private abandon(): void {
    clearTimeout(this.timer);
    const old = this.socket;
    this.socket = null;
    old?.close();
  }
}
