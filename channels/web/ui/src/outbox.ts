/** Messages that the hub has not yet confirmed. Each is an item of its own, so two tabs never overwrite each other. */

import type { Attachment } from "./frames";
import type { Store } from "./store";

export interface Pending {
  key: string;
  text: string;
  files: Attachment[];
  at: string;
  /** Why the hub refused it. A refused message is kept for the reader but not sent again. */
  refused?: string;
}

const START = "out:";

/** Refusals that pass: the message is sent again later. */
const PASSING = new Set(["not_stored", "too_fast"]);

export class Outbox {
  /** A copy, because a full or forbidden storage must not lose what was written. */
  private readonly own = new Map<string, Pending>();

  constructor(private readonly store: Store) {}

  add(pending: Pending): void {
    this.own.set(pending.key, pending);
    this.store.set(START + pending.key, JSON.stringify(pending));
  }

  /** Oldest first. */
  all(): Pending[] {
    const found = new Map(this.own);
    for (const name of this.store.names(START)) {
      const pending = read(this.store.get(name));
      if (pending) found.set(pending.key, pending);
    }
    return [...found.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }

  /** What is to be sent when a connection opens. */
  waiting(): Pending[] {
    return this.all().filter((pending) => !pending.refused);
  }

  /** The hub has it, or the citizen took it back. */
  settle(key: string): void {
    this.own.delete(key);
    this.store.set(START + key, "");
  }

  /** True when the refusal is final. */
  refuse(key: string, code: string): boolean {
    const pending = this.all().find((one) => one.key === key);
    if (!pending || PASSING.has(code)) return false;
    this.add({ ...pending, refused: code });
    return true;
  }
}

function read(item: string): Pending | undefined {
  try {
    const pending = JSON.parse(item) as Pending;
    return pending.key ? pending : undefined;
  } catch {
    return undefined;
  }
}
