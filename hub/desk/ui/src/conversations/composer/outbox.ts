/** Replies and notes on their way: kept until the hub has them, sent again with the same key, in order. */

import { backoffMs } from "@/live/backoff";
import { Refused } from "@/api/request";
import type { EntryOut, ReplyIn } from "@/api/types";
import { type DraftAttachment, type Tab, clearStored } from "./drafts";
import { shallowReactive } from "vue";

export interface Unsent {
  key: string;
  conversation: string;
  tab: Tab;
  text: string;
  /** Logins of colleagues that a note speaks of. */
  mentions?: string[];
  files?: DraftAttachment[];
  /** Mailboxes that get a copy. */
  cc?: string[];
  at: number;
  /** Until when its author may take it back, by the clock of this browser; 0 where he may not. */
  until: number;
  /** Why the hub will not take it; "" while there is hope. */
  problem: string;
}

export interface Transport {
  /** `parting`: the page is being left, and the request must outlive it. */
  send(unsent: Unsent, words: ReplyIn, parting: boolean): Promise<EntryOut>;
  /** The hub has it. */
  arrived(entry: EntryOut): void;
  refused(unsent: Unsent): void;
}

const PREFIX = "okno.unsent.";

export class Outbox {
  readonly items = shallowReactive<Unsent[]>([]);
  /** Conversations that something is under way to the hub of. */
  private readonly busy = new Map<string, Promise<void>>();
  /** Keys of what was written in this window: another one at the same desk shows it, too, but does not hurry it. */
  private readonly own = new Set<string>();
  /** Conversations whose last try failed, until when they rest. */
  private readonly resting = new Map<string, number>();
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private login = "";
  private parting = false;

  constructor(private readonly carrier: Transport) {}

  /** Take up what this person left unsent before the page was closed. */
  open(login: string): void {
    clearStored(PREFIX, login);
    this.login = login;
    const kept = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    const unsent = kept.map((name) => Object.assign({ until: 0 }, JSON.parse(localStorage.getItem(name) ?? "null")) as Unsent);
    this.items.splice(0, Infinity, ...unsent.toSorted((a, b) => a.at - b.at));
    this.wake();
  }

  of(conversation: string): Unsent[] {
    return this.items.filter((item) => item.conversation === conversation);
  }

  /** `waitMs` is how long it may be taken back; it is on the disk from now on. */
  add(unsent: Omit<Unsent, "problem" | "until">, waitMs = 0): void {
    const item = { ...unsent, until: waitMs > 0 ? Date.now() + waitMs : 0, problem: "" };
    this.items.push(item);
    this.own.add(item.key);
    this.keep(item);
    this.flush();
  }

  /** Whether it may still be taken back. */
  waits({ until, problem }: Unsent): boolean {
    return problem === "" && until > Date.now();
  }

  /** What was written last of all that may still be taken back. */
  newest(): Unsent | undefined {
    return this.items.findLast((item) => this.waits(item));
  }

  /** Its author has it back, unless it may be on its way: from here, or hurried by another window of this desk. */
  takeBack(key: string): Unsent | undefined {
    const item = this.items.find((one) => one.key === key);
    const kept = localStorage.getItem(this.name(key));
    if (item === undefined || kept === null) return undefined;
    if (item.problem === "" && !(this.waits(item) && this.waits(JSON.parse(kept) as Unsent))) return undefined;
    this.settle(key);
    return item;
  }

  /** Nobody takes back any more what was written in one conversation, or in all: it goes now. Tells whether the hub has all of it. */
  async hurry(conversation?: string): Promise<boolean> {
    const meant = this.items.filter((item) => item.problem === "" && (conversation === undefined || item.conversation === conversation));
    const lanes = new Set(meant.map((item) => item.conversation));
    for (const lane of lanes) this.resting.delete(lane);
    this.release(meant);
    this.flush();
    await Promise.all([...lanes].map((lane) => this.quiet(lane)));
    return !meant.some(({ key }) => this.items.some((item) => item.key === key));
  }

  /** The page is being left: what waits goes at once, by requests that outlive it; what does not get through goes when it is opened again. */
  part(): void {
    this.parting = true;
    this.release(this.items.filter((item) => this.own.has(item.key) && this.waits(item)));
    this.flush();
    this.parting = false;
  }

  /** The entry came by the live line or as an answer: whichever is first. */
  settle(key: string): void {
    const index = this.items.findIndex((item) => item.key === key);
    if (index >= 0) this.items.splice(index, 1);
    localStorage.removeItem(this.name(key));
  }

  retry(key: string): void {
    this.change(key, { problem: "" });
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
    clearStored(PREFIX);
  }

  /** Send the first hopeful one of each conversation; the next follows when it has arrived. */
  private flush(): void {
    clearTimeout(this.timer);
    const lanes = new Map<string, Unsent>();
    for (const item of this.items) {
      const { conversation, tab, problem } = item;
      // A note is for colleagues: it does not wait behind a reply that may be taken back. Replies follow each other.
      const first = lanes.get(conversation);
      if (problem === "" && (first === undefined || (this.waits(first) && first.tab !== tab))) lanes.set(conversation, item);
    }
    let soonest = Infinity;
    for (const [conversation, item] of lanes) {
      const rest = Math.max(this.resting.get(conversation) ?? 0, item.until) - Date.now();
      if (rest > 0) soonest = Math.min(soonest, rest);
      else if (!this.busy.has(conversation)) this.busy.set(conversation, this.carry(item));
    }
    if (soonest < Infinity) this.timer = setTimeout(() => this.flush(), soonest);
  }

  private async carry(item: Unsent): Promise<void> {
    // Another window of this desk has taken it back, or has seen it arrive.
    if (localStorage.getItem(this.name(item.key)) === null) {
      await Promise.resolve();
      this.busy.delete(item.conversation);
      this.settle(item.key);
      this.flush();
      return;
    }
    const sent = this.carrier.send(item, { key: item.key, text: item.text, files: (item.files ?? []).map(({ file }) => file), cc: item.cc ?? [] }, this.parting);
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
      this.change(item.key, { problem });
      this.carrier.refused({ ...item, problem });
    }
    this.flush();
  }

  private change(key: string, to: Partial<Pick<Unsent, "problem" | "until">>): void {
    const index = this.items.findIndex((item) => item.key === key);
    const item = this.items[index];
    if (item !== undefined) this.items[index] = { ...item, ...to };
  }

  private release(items: readonly Unsent[]): void {
    for (const item of items.filter((one) => this.waits(one))) {
      this.keep({ ...item, until: 0 });
      this.change(item.key, { until: 0 });
    }
  }

  /** Until nothing of a conversation is under way. */
  private async quiet(conversation: string): Promise<void> {
    for (let way = this.busy.get(conversation); way !== undefined; way = this.busy.get(conversation)) await way;
  }

  private keep(item: Unsent): void {
    localStorage.setItem(this.name(item.key), JSON.stringify(item));
  }

  private name(key: string): string {
    return `${PREFIX}${this.login}/${key}`;
  }
}
