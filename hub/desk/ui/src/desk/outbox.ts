/** Replies and notes on their way: kept until the hub has them, sent again with the same key, in order. */

import { backoffMs } from "@/api/backoff";
import { Refused } from "@/api/request";
import type { EntryOut, ReplyIn } from "@/api/types";
import { type Tab, clearKept } from "@/desk/drafts";
import { shallowReactive } from "vue";

export interface Unsent {
  key: string;
  conversation: string;
  tab: Tab;
  text: string;
  at: number;
  /** Why the hub will not take it; "" while there is hope. */
  problem: string;
}

export interface Carrier {
  send(unsent: Unsent, words: ReplyIn): Promise<EntryOut>;
  /** The hub has it. */
  arrived(entry: EntryOut): void;
  refused(unsent: Unsent): void;
}

const PREFIX = "okno.unsent.";

export class Outbox {
  readonly items = shallowReactive<Unsent[]>([]);
  private readonly busy = new Set<string>();
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private login = "";

  constructor(private readonly carrier: Carrier) {}

  /** Take up what this person left unsent before the page was closed. */
  open(login: string): void {
    clearKept(PREFIX, login);
    this.login = login;
    const kept = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    const unsent = kept.map((name) => JSON.parse(localStorage.getItem(name) ?? "null") as Unsent);
    this.items.splice(0, Infinity, ...unsent.toSorted((a, b) => a.at - b.at));
    this.flush();
  }

  of(conversation: string): Unsent[] {
    return this.items.filter((item) => item.conversation === conversation);
  }

  add(unsent: Omit<Unsent, "problem">): void {
    const item = { ...unsent, problem: "" };
    this.items.push(item);
    localStorage.setItem(this.name(item.key), JSON.stringify(item));
    this.flush();
  }

  /** The entry came by the live line or as an answer: whichever is first. */
  settle(key: string): void {
    const index = this.items.findIndex((item) => item.key === key);
    if (index >= 0) this.items.splice(index, 1);
    localStorage.removeItem(this.name(key));
  }

  retry(key: string): void {
    this.change(key, "");
    this.flush();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.items.splice(0);
    clearKept(PREFIX);
  }

  /** Send the first hopeful one of each conversation; the next follows when it has arrived. */
  flush(): void {
    clearTimeout(this.timer);
    const lanes = new Set<string>();
    for (const item of this.items) {
      if (item.problem !== "" || lanes.has(item.conversation)) continue;
      lanes.add(item.conversation);
      if (!this.busy.has(item.conversation)) void this.carry(item);
    }
  }

  private async carry(item: Unsent): Promise<void> {
    this.busy.add(item.conversation);
    const sent = this.carrier.send(item, { key: item.key, text: item.text });
    const outcome = await sent.then(
      (entry) => ({ entry }),
      (error: unknown) => ({ error }),
    );
    this.busy.delete(item.conversation);
    if ("error" in outcome) {
      this.failed(item, outcome.error);
      return;
    }
    this.attempt = 0;
    this.carrier.arrived(outcome.entry);
    this.settle(item.key);
    this.flush();
  }

  private failed(item: Unsent, error: unknown): void {
    if (!(error instanceof Refused)) throw error;
    // The session has ended: sending goes on after signing in again.
    if (error.status === 401) return;
    if (error.passing) {
      const wait = error.retryAfterS === null ? backoffMs(this.attempt, Math.random()) : error.retryAfterS * 1000;
      this.attempt += 1;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), wait);
      return;
    }
    this.change(item.key, error.text || error.code);
    this.carrier.refused(item);
    this.flush();
  }

  private change(key: string, problem: string): void {
    const index = this.items.findIndex((item) => item.key === key);
    const item = this.items[index];
    if (item !== undefined) this.items[index] = { ...item, problem };
  }

  private name(key: string): string {
    return `${PREFIX}${this.login}/${key}`;
  }
}
