/** The conversation as the citizen sees it. Knows no DOM: the view draws what is here whenever it changes. */

import { Connection, type ConnectionListener, type VisitorContext, type Environment } from "./connection";
import { compareIds, type Attachment, type Check, type FromHub, type MessageFrame, type StateFrame, type ToHub } from "./frames";
import { Outbox, type Pending } from "./outbox";
import type { Store } from "./store";

export const LONGEST_TEXT = 8000;
export const MOST_FILES = 10;
const TYPING_EVERY_MS = 3000;
const TYPING_FADES_MS = 6000;
const ACKNOWLEDGED_WITHIN_MS = 15_000;
const RETRY_AFTER_MS = 3000;

export interface Entry {
  /** The same from the first draft on the screen to the stored message. */
  row: string;
  /** Empty until the hub has stored it. */
  id: string;
  message: Omit<MessageFrame, "type" | "id">;
  refused: string;
}

export class Chat implements ConnectionListener {
  state: StateFrame | undefined;
  online = false;
  /** Why the hub takes nothing from here, in its own words. */
  barredBy = "";
  operatorTypes = false;
  /** The operator has read everything up to this id. */
  readUpTo = "";
  /** Files by their ids, as the hub has shown them with a message: which of them can be opened. */
  readonly checks = new Map<string, Check>();

  readonly connection: Connection;
  private readonly outbox: Outbox;
  /** Stored messages in the order of their ids. */
  private entries: Entry[] = [];
  private readonly rows = new Map<string, Entry>();
  private received = "";
  private typingQuiet = false;
  private stopFading: (() => void) | undefined;

  constructor(
    hub: string,
    private readonly store: Store,
    private readonly environment: Environment,
    told: VisitorContext,
    private readonly changed: () => void,
    private readonly now: () => string = () => new Date().toISOString(),
  ) {
    this.outbox = new Outbox(store);
    this.connection = new Connection(hub, store, environment, this, told);
  }

  /** What the citizen has begun to write: it survives a reload. */
  get draft(): string {
    return this.store.get("draft");
  }
  set draft(text: string) {
    this.store.set("draft", text);
  }

  /** Everything to show: what is stored, then what is on its way. */
  list(): Entry[] {
    const pending = this.outbox.all().filter(({ key }) => !this.rows.has(`k${key}`));
    return [
      ...this.entries,
      ...pending.map(({ key, text, files, at, refused = "" }) => ({
        row: `k${key}`,
        id: "",
        message: { author: "citizen" as const, text, at, key, attachments: files },
        refused,
      })),
    ];
  }

  send(text: string, files: Attachment[] = []): void {
    const key = newKey();
    const pending = { key, text, files, at: this.now() };
    this.outbox.add(pending);
    // The next letter begins anew.
    this.typingQuiet = false;
    this.changed();
    this.post([pending]);
  }

  /** Takes a refused message back; the answer is its text. */
  withdraw(key: string): string {
    const text = this.outbox.all().find((pending) => pending.key === key)?.text ?? "";
    this.outbox.settle(key);
    this.changed();
    return text;
  }

  notifyTyping(): void {
    if (this.typingQuiet || !this.connection.send({ type: "typing" })) return;
    this.typingQuiet = true;
    this.environment.later(TYPING_EVERY_MS, () => (this.typingQuiet = false));
  }

  /** Ends the conversation, or waits no longer; whoever writes again is back. */
  leave(): void {
    this.connection.send({ type: "leave" });
  }

  /** Everything up to `id` has been on the screen. */
  markSeen(id: string): void {
    if (compareIds(id, this.seen) <= 0) return;
    this.store.set("seen", id);
    this.connection.send({ type: "seen", id });
    this.changed();
  }

  get seen(): string {
    return this.store.get("seen");
  }

  unread(): number {
    const { seen } = this;
    return this.entries.filter(({ id, message }) => isAnswer(message) && compareIds(id, seen) > 0).length;
  }

  /** Another tab has changed what is remembered. */
  changedElsewhere(name: string): void {
    if (name === "token" && this.store.get("token")) this.connection.reconnect();
    this.changed();
  }

  last(): string {
    return this.received;
  }

  opened(): void {
    this.online = true;
    this.barredBy = "";
    if (this.seen) this.connection.send({ type: "seen", id: this.seen });
    this.post();
    this.changed();
  }

  lost(): void {
    this.online = this.operatorTypes = false;
    this.changed();
  }

  blocked(words: string): void {
    this.barredBy = words;
    this.changed();
  }

  sessionRenewed(): void {
    this.entries = [];
    this.rows.clear();
    this.received = this.readUpTo = "";
    this.state = undefined;
    this.store.set("seen", "");
    this.changed();
  }

  receiveFrame(frame: FromHub): void {
    switch (frame.type) {
      case "message":
        this.receive(frame);
        break;
      case "stored":
        this.stored(frame.key, frame.id);
        break;
      case "state":
        this.state = frame;
        if (frame.holder !== "operator") this.operatorTypes = false;
        break;
      case "typing":
        this.operatorTypes = true;
        this.stopFading?.();
        this.stopFading = this.environment.later(TYPING_FADES_MS, () => {
          this.operatorTypes = false;
          this.changed();
        });
        break;
      case "seen":
        if (compareIds(frame.id, this.readUpTo) > 0) this.readUpTo = frame.id;
        break;
      case "file":
        this.checks.set(frame.file, frame.state);
        break;
      case "error":
        if (frame.key && !this.outbox.refuse(frame.key, frame.code === "blocked" ? frame.text : frame.code)) {
          this.environment.later(RETRY_AFTER_MS, () => this.post());
        }
    }
    this.changed();
  }

  private receive(message: MessageFrame): void {
    const { id } = message;
    // Only messages move this mark: "stored" may overtake an answer with a lower id.
    if (compareIds(id, this.received) > 0) this.received = id;
    for (const { file } of message.attachments ?? []) this.checks.set(file, message.closed?.[file] ?? "clean");
    const mine = message.author === "citizen" && message.key;
    if (mine) this.outbox.settle(mine);
    if (message.author === "operator") this.operatorTypes = false;
    this.put({ row: mine ? `k${mine}` : `i${id}`, id, message, refused: "" });
  }

  private stored(key: string, id: string): void {
    const pending = this.outbox.all().find((one) => one.key === key);
    this.outbox.settle(key);
    if (!pending || this.rows.has(`k${key}`)) return;
    const { text, files, at } = pending;
    // The hub's own time follows with the message.
    this.put({ row: `k${key}`, id, message: { author: "citizen", text, at, key, attachments: files }, refused: "" });
  }

  private put(entry: Entry): void {
    const shown = this.rows.get(entry.row);
    if (shown) this.entries.splice(this.entries.indexOf(shown), 1);
    let at = this.entries.length;
    while (at > 0 && compareIds(this.entries[at - 1]?.id ?? "", entry.id) > 0) at--;
    this.entries.splice(at, 0, entry);
    this.rows.set(entry.row, entry);
  }

  /** Sends, oldest first, what is not yet stored. The hub knows repeated keys. */
  private post(waiting: Pending[] = this.outbox.waiting()): void {
    const sent = waiting.filter((pending) => this.connection.send(messageFrame(pending)));
    if (!sent.length) return;
    this.environment.later(ACKNOWLEDGED_WITHIN_MS, () => {
      const keys = new Set(this.outbox.waiting().map(({ key }) => key));
      // A browser cannot ping: an answer that does not come is the only sign of a dead connection.
      if (this.online && sent.some(({ key }) => keys.has(key))) this.connection.reconnect();
    });
  }
}

function messageFrame({ key, text, files }: Pending): ToHub {
  return { type: "say", key, text, ...(files.length ? { files: files.map(({ file }) => file) } : {}) };
}

function isAnswer({ author }: Entry["message"]): boolean {
  return author === "bot" || author === "operator";
}

function newKey(): string {
  // randomUUID() is missing on pages without TLS.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
