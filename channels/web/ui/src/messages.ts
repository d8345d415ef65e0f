/** Drawing the messages: each is built once, and later only its marks change. */

import type { Chat, Entry } from "./chat";
import { h, icon, ICONS, linkify } from "./dom";
import { compareIds, type Attachment, type Source } from "./frames";
import { reason, type Texts } from "./texts";

/** After this pause the author is named again. */
const PAUSE_MS = 5 * 60_000;
/** The last choices of an answer, which say whether it helped (hub/robot/answer_feedback.py). */
const HELPED = "Да, помогло";
const UNHELPED = "Нет, не помогло";

export interface Row {
  name: string;
  build(): HTMLElement;
  refresh?(element: HTMLElement): void;
}

export class Messages {
  private readonly clock: Intl.DateTimeFormat;
  private readonly day: Intl.DateTimeFormat;
  private readonly dayAndYear: Intl.DateTimeFormat;

  constructor(
    private readonly t: Texts,
    private readonly chat: Chat,
    private readonly hub: string,
    private readonly edit: (text: string) => void,
    private readonly choose: (text: string) => void,
  ) {
    const { lang } = t;
    this.clock = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.day = new Intl.DateTimeFormat(lang, { day: "numeric", month: "long" });
    this.dayAndYear = new Intl.DateTimeFormat(lang, { dateStyle: "long" });
  }

  rows(entries: Entry[]): Row[] {
    const rows: Row[] = [];
    let before: Entry | undefined;
    let offer: Entry | undefined;
    for (const entry of entries) {
      const at = new Date(entry.message.at);
      const date = at.toDateString();
      const newDay = !before || new Date(before.message.at).toDateString() !== date;
      if (newDay) rows.push(this.dayRow(date, at));
      const first = newDay || !before || opensGroup(before, entry);
      rows.push({
        name: entry.row,
        build: () => this.message(entry),
        refresh: (element) => this.refresh(element, entry, first),
      });
      before = entry;
      // What is said beside an offer, as an announcement is, takes nothing of it away; whoever answers it does.
      const { author, choices } = entry.message;
      if (choices?.length || author === "citizen" || author === "operator") offer = entry;
    }
    const choices = offer?.message.choices;
    // «Ответьте мне позже» is for whoever waits: an operator has it, or it is promised already.
    const lapsed = /op|pro/.test(this.chat.state?.holder ?? "") && choices?.[0]?.endsWith("позже");
    if (!offer || !choices?.length || lapsed) return rows;
    const asks = choices[choices.length - 2] === HELPED && choices[choices.length - 1] === UNHELPED;
    const others = asks ? choices.slice(0, -2) : choices;
    if (others.length) rows.push({ name: `c${offer.id}`, build: () => this.choices(others) });
    if (asks) rows.push({ name: `h${offer.id}`, build: () => this.feedback() });
    return rows;
  }

  private dayRow(date: string, at: Date): Row {
    const name = () => {
      const today = new Date();
      const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
      if (date === today.toDateString()) return this.t.today;
      if (date === yesterday.toDateString()) return this.t.yesterday;
      return (at.getFullYear() === today.getFullYear() ? this.day : this.dayAndYear).format(at);
    };
    return {
      name: `d${date}`,
      build: () => h("div", { class: "day" }, h("span")),
      refresh: (element) => write(element.firstElementChild, name()),
    };
  }

  private message({ message, id }: Entry): HTMLElement {
    const { author, text, attachments = [], source } = message;
    const own = author === "citizen";
    return h(
      "div",
      { class: `message ${author}`, "data-id": id },
      author !== "system" && h("div", { class: "who" }, own ? this.t.you : this.who(author, message.name)),
      h(
        "div",
        { class: "bubble" },
        Boolean(text) && h("div", { class: "text" }, ...linkify(text)),
        ...attachments.map(() => h("div", { class: "attached" })),
        source ? this.source(source) : undefined,
        h("div", { class: "foot" }, h("time"), own && h("span", { class: "mark" })),
      ),
      own && h("div", { class: "refused", hidden: true }),
    );
  }

  private who(author: string, name = ""): string {
    return name || (author === "operator" ? this.t.human : this.t.robot);
  }

  private refresh(element: HTMLElement, { message, id, refused }: Entry, first: boolean): void {
    element.classList.toggle("first", first);
    element.dataset.id = id;
    const time = element.querySelector("time");
    time?.setAttribute("datetime", message.at);
    write(time, this.clock.format(new Date(message.at)));
    this.files(element, message.attachments ?? []);
    const mark = element.querySelector<HTMLElement>(".mark");
    if (mark) this.mark(mark, id, refused);
    const line = element.querySelector<HTMLElement>(".refused");
    if (line && line.hidden === Boolean(refused)) this.refuse(line, message.key ?? "", refused);
  }

  private mark(mark: HTMLElement, id: string, refused: string): void {
    mark.hidden = Boolean(refused);
    const { readUpTo } = this.chat;
    const state = !id ? "waiting" : compareIds(id, readUpTo) > 0 ? "stored" : "read";
    if (mark.dataset.state === state) return;
    mark.dataset.state = state;
    mark.title = this.t[state];
    mark.replaceChildren(icon(ICONS[state]), h("span", { class: "aside" }, this.t[state]));
  }

  private refuse(line: HTMLElement, key: string, code: string): void {
    line.hidden = !code;
    const edit = h("button", { type: "button", click: () => this.edit(this.chat.withdraw(key)) }, this.t.edit);
    line.replaceChildren(...(code ? [`${code.includes(" ") ? code : reason(this.t, "refused", code)}. `, edit] : []));
  }

  private files(element: HTMLElement, attachments: Attachment[]): void {
    const places = element.querySelectorAll<HTMLElement>(".attached");
    for (const [at, file] of attachments.entries()) {
      const place = places[at];
      const state = this.chat.checks.get(file.file) ?? "sending";
      if (!place || place.dataset.state === state) continue;
      place.dataset.state = state;
      place.replaceChildren(state === "clean" ? this.attachment(file) : this.named(file, state));
    }
  }

  /** A file that is not to be opened, and why. */
  private named({ name, size }: Attachment, state: string): HTMLElement {
    const why = state === "sending" ? humanSize(size, this.t) : state === "waiting" ? this.t.checking : this.t.unsafe;
    return h("div", { class: "file" }, icon(ICONS.file), h("span", {}, name), h("small", {}, why));
  }

  private attachment({ file, name, type, size }: Attachment): HTMLElement {
    const href = `${this.hub}/chat/files/${file}?token=${encodeURIComponent(this.chat.connection.token)}`;
    const link = h("a", { class: "file", href, target: "_blank", rel: "noopener noreferrer" });
    const chip = () => {
      link.className = "file";
      link.replaceChildren(icon(ICONS.file), h("span", {}, name), h("small", {}, humanSize(size, this.t)));
    };
    if (/^image\/(png|jpeg|gif|webp)$/.test(type)) {
      link.className = "picture";
      // The site's own policy may forbid foreign images: then the name is shown.
      link.append(h("img", { src: href, alt: name, loading: "lazy", referrerpolicy: "no-referrer", error: chip }));
    } else chip();
    return link;
  }

  private source({ title, body, valid_from }: Source): HTMLElement {
    // The day has no time and no zone, so it is turned round as text.
    const day = valid_from.split("-").reverse().join(".");
    const { t } = this;
    return h("div", { class: "source" }, `${t.source}: ${[title, body, t.valid(day)].filter(Boolean).join(", ")}`);
  }

  private feedback(): HTMLElement {
    const { t } = this;
    const answer = (text: string, choice: string) => h("button", { type: "button", click: () => this.choose(choice) }, text);
    return h("div", { class: "feedback", role: "group", "aria-label": t.helped }, h("span", {}, t.helped), answer(t.yes, HELPED), answer(t.no, UNHELPED));
  }

  private choices(choices: string[]): HTMLElement {
    return h(
      "div",
      { class: "choices" },
      ...choices.map((choice) => h("button", { type: "button", click: () => this.choose(choice) }, choice)),
    );
  }
}

/** Makes the children of `parent` those of `rows`, touching only what differs. */
export function reconcile(parent: HTMLElement, rows: Row[], shown: Map<string, HTMLElement>): HTMLElement[] {
  const built: HTMLElement[] = [];
  const names = new Set(rows.map(({ name }) => name));
  for (const [name, element] of shown) {
    if (names.has(name)) continue;
    element.remove();
    shown.delete(name);
  }
  let next = parent.firstElementChild;
  for (const row of rows) {
    let element = shown.get(row.name);
    if (!element) {
      element = row.build();
      shown.set(row.name, element);
      built.push(element);
    }
    row.refresh?.(element);
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
  return built;
}

export function humanSize(bytes: number, t: Texts): string {
  const power = Math.min(2, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const number = bytes / 1024 ** power;
  const digits = { maximumFractionDigits: number < 10 ? 1 : 0, useGrouping: false };
  return `${number.toLocaleString(t.lang, digits)} ${t.units[power]}`;
}

function opensGroup(before: Entry, entry: Entry): boolean {
  const a = before.message;
  const b = entry.message;
  return a.author !== b.author || a.name !== b.name || Date.parse(b.at) - Date.parse(a.at) > PAUSE_MS;
}

/** An unchanged text is left alone: a live region would read it out again. */
export function write(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}
