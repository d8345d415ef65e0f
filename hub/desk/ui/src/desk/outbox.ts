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
  /** Logins of colleagues that a note speaks of. */
  mentions?: string[];
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
  /** Conversations whose last try failed, until when they rest. */
  private readonly resting = new Map<string, number>();
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
    this.wake();
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

  /** The line is back: nobody need rest any longer. */
  wake(): void {
    this.resting.clear();
    this.attempt = 0;
    this.flush();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.resting.clear();
    this.busy.clear();
    this.items.splice(0);
    clearKept(PREFIX);
  }

  /** Send the first hopeful one of each conversation; the next follows when it has arrived. */
  private flush(): void {
    clearTimeout(this.timer);
    const lanes = new Map<string, Unsent>();
    for (const item of this.items) if (item.problem === "" && !lanes.has(item.conversation)) lanes.set(item.conversation, item);
    let soonest = Infinity;
    for (const [conversation, item] of lanes) {
      const rest = (this.resting.get(conversation) ?? 0) - Date.now();
      if (rest > 0) soonest = Math.min(soonest, rest);
      else if (!this.busy.has(conversation)) void this.carry(item);
    }
    if (soonest < Infinity) this.timer = setTimeout(() => this.flush(), soonest);
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
    this.resting.delete(item.conversation);
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
      this.resting.set(item.conversation, Date.now() + wait);
    } else {
      const problem = error.text || error.code;
      this.change(item.key, problem);
      this.carrier.refused({ ...item, problem });
    }
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
