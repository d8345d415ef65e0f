/** The button, the panel and the log. Draws what the chat holds; keeps only what belongs to the screen. */

import type { Chat } from "./chat";
import { Composer } from "./composer";
import { h, icon, ICONS } from "./dom";
import { Messages, reconcile, write } from "./messages";
import type { Texts } from "./texts";

/** Understood by the robot in this wording, whatever the language of the widget. */
const CALL = "Позовите оператора";
/** As in styles.css: from here down the panel covers the whole screen and holds the focus. */
const SMALL = "(max-width: 480px), (max-height: 560px)";
/** A short loss is mended before anyone need know. */
const OFFLINE_AFTER_MS = 2500;
const NEAR_BOTTOM_PX = 48;

export class View {
  readonly element: HTMLElement;
  private readonly panel: HTMLElement;
  private readonly launcher: HTMLButtonElement;
  private readonly badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  private readonly status = h("p", { class: "status", role: "status", "data-test": "state" });
  private readonly number = h("span", { class: "number" });
  private readonly call: HTMLButtonElement;
  private readonly end: HTMLButtonElement;
  private readonly ask: HTMLElement;
  private readonly question = h("span");
  private readonly prove: HTMLFormElement;
  private readonly token = h("input", { type: "hidden", name: "token" });
  private readonly clock: Intl.DateTimeFormat;
  private readonly offline = h("p", { class: "offline", role: "status" });
  private readonly closed: HTMLElement;
  private readonly typing = h("p", { class: "typing", hidden: true }, h("span"), h("i"), h("i"), h("i"));
  private readonly log: HTMLElement;
  private readonly pill: HTMLButtonElement;
  private readonly composer: Composer;
  private readonly messages: Messages;
  private readonly shown = new Map<string, HTMLElement>();
  /** Answers on the screen whose end the reader can see. */
  private readonly visible = new Set<Element>();
  private readonly eye = new IntersectionObserver((changes) => this.markVisible(changes));
  private readonly frame = new ResizeObserver(() => this.keepAtBottom());
  private atBottom = true;
  private planned = 0;
  private offlineTimer = 0;
  private leave = new AbortController();

  constructor(
    private readonly t: Texts,
    private readonly chat: Chat,
    hub: string,
    private readonly inline: boolean,
    private readonly toggle: (open: boolean) => void,
  ) {
    const say = (text: string) => {
      chat.send(text);
      // The button pressed is about to go: the focus needs another place.
      this.log.focus({ preventScroll: true });
      this.toBottom();
    };
    this.composer = new Composer(t, chat, hub, () => this.toBottom());
    this.messages = new Messages(t, chat, hub, (text) => this.composer.restore(text), say);
    this.call = h("button", { type: "button", class: "person", "data-test": "person", click: () => say(CALL) });
    this.call.append(icon(ICONS.person), t.person);
    this.clock = new Intl.DateTimeFormat(t.lang, { timeStyle: "short", hourCycle: "h23" });
    this.end = h("button", { type: "button", class: "end", "data-test": "end", click: () => this.asks(true) }, t.end);
    this.ask = this.buildAsk();
    // Posted: a token in an address would be written into logs.
    const way = { class: "bar", method: "post", action: `${hub}/chat/verify`, target: "_blank" };
    this.prove = h("form", way, this.token, h("button", { class: "person" }, t.prove));
    this.log = h("div", {
      class: "log",
      role: "log",
      tabindex: "0",
      "aria-label": t.log,
      "aria-relevant": "additions",
      "data-test": "log",
      scroll: () => this.scrolled(),
    });
    this.pill = h("button", { type: "button", class: "pill", hidden: true, click: () => this.scrollToEnd() });
    this.pill.append(t.newMessages, icon(ICONS.down));
    this.closed = h("p", { class: "closed", role: "status", hidden: true });
    this.launcher = h("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", "data-test": "open" });
    this.launcher.addEventListener("click", () => toggle(true));
    this.launcher.append(icon(ICONS.chat), h("span", { class: "word" }, t.open), this.badge);
    this.panel = this.build();
    this.element = h("section", { class: inline ? "root inline" : "root", "aria-label": t.region, lang: t.lang });
    this.element.append(this.panel, ...(inline ? [] : [this.launcher]));
    this.listen();
    this.draw();
  }

  get isOpen(): boolean {
    return this.inline || this.panel.hasAttribute("open");
  }

  destroy(): void {
    this.leave.abort();
    this.eye.disconnect();
    this.frame.disconnect();
    clearTimeout(this.planned);
    clearTimeout(this.offlineTimer);
    this.element.remove();
  }

  open(focus: boolean): void {
    if (this.isOpen) return;
    const dialog = this.panel as HTMLDialogElement;
    const small = matchMedia(SMALL).matches;
    if (small) dialog.showModal();
    // Not show(), which would move the focus even where the site opens the chat by itself.
    else dialog.setAttribute("open", "");
    this.toBottom();
    this.draw();
    // On a phone the keyboard would at once cover the greeting.
    if (focus && !matchMedia("(pointer: coarse)").matches) this.composer.focus();
    else if (focus || small) this.log.focus({ preventScroll: true });
  }

  close(): void {
    if (this.inline || !this.isOpen) return;
    (this.panel as HTMLDialogElement).close();
    this.launcher.focus({ preventScroll: true });
    this.draw();
  }

  /** Many frames of a replay become one drawing. */
  scheduleDraw(): void {
    this.planned ||= window.setTimeout(() => {
      this.planned = 0;
      this.draw();
    });
  }

  private build(): HTMLElement {
    const { t } = this;
    const title = h("strong", {}, t.title);
    const close = h("button", { type: "button", class: "round", "aria-label": t.close, title: t.close });
    close.addEventListener("click", () => this.toggle(false));
    close.append(icon(ICONS.close));
    const sign = h("span", { class: "sign" }, icon(ICONS.window));
    const head = h("header", {}, sign, h("div", {}, title, this.status), this.inline ? undefined : close);
    const bar = h("div", { class: "bar" }, this.number, this.call, this.end);
    const past = h("div", { class: "past" }, this.log, this.pill);
    const parts = [head, bar, this.ask, this.prove, this.offline, past, this.typing, this.closed, this.composer.element, h("p", { class: "drop" }, t.drop)];
    if (this.inline) return h("div", { class: "panel" }, ...parts);
    return h("dialog", { class: "panel", "aria-label": t.region }, ...parts);
  }

  /** The question before leaving: what it does is said, and staying is the nearer button. */
  private buildAsk(): HTMLElement {
    const { t } = this;
    const leave = () => {
      this.chat.leave();
      this.asks(false, this.log);
    };
    return h(
      "div",
      { class: "ask", role: "group", "aria-label": t.end, hidden: true },
      this.question,
      h(
        "div",
        {},
        h("button", { type: "button", "data-test": "stay", click: () => this.asks(false) }, t.stay),
        h("button", { type: "button", "data-test": "leave", click: leave }, t.leave),
      ),
    );
  }

  /** Whoever was in it when it goes needs another place for the focus. */
  private asks(open: boolean, next: HTMLElement = this.end.hidden ? this.log : this.end): void {
    const inside = this.ask.matches(":focus-within");
    this.ask.hidden = !open;
    this.end.setAttribute("aria-expanded", String(open));
    if (open) this.ask.querySelector("button")?.focus();
    else if (inside) next.focus({ preventScroll: true });
  }

  private listen(): void {
    const { signal } = this.leave;
    const { panel } = this;
    this.element.addEventListener("keydown", (event) => {
      const asked = !this.ask.hidden;
      if (event.key !== "Escape" || event.isComposing || !this.isOpen || (this.inline && !asked)) return;
      event.preventDefault();
      if (asked) this.asks(false);
      else this.toggle(false);
    });
    panel.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.toggle(false);
    });
    panel.addEventListener("close", () => this.toggle(false));
    const drag = (event: DragEvent) => {
      const files = event.dataTransfer?.types.includes("Files");
      if (files) event.preventDefault();
      panel.classList.toggle("dragging", Boolean(files) && event.type === "dragover");
      if (files && event.type === "drop") this.composer.add(event.dataTransfer?.files ?? []);
    };
    panel.addEventListener("dragover", drag);
    panel.addEventListener("drop", drag);
    panel.addEventListener("dragleave", (event) => {
      if (!panel.contains(event.relatedTarget as Node | null)) panel.classList.remove("dragging");
    });
    window.addEventListener("focus", () => this.markVisible(), { signal });
    document.addEventListener("visibilitychange", () => this.markVisible(), { signal });
    this.frame.observe(this.log);
  }

  private draw(): void {
    const { chat, t, atBottom } = this;
    const built = reconcile(this.log, this.messages.rows(chat.list()), this.shown);
    const answers = built.filter((element) => element.matches(".bot, .operator, .system"));
    for (const answer of answers) {
      const end = answer.querySelector(".foot");
      if (end) this.eye.observe(end);
    }
    this.drawState();
    this.keepAtBottom();
    if (!atBottom && answers.length) this.pill.hidden = false;
    const unread = this.isOpen ? 0 : chat.unread();
    this.badge.hidden = !unread;
    this.badge.textContent = unread > 99 ? "99+" : String(unread);
    this.launcher.setAttribute("aria-label", unread ? `${t.open}. ${t.unread(unread)}` : t.open);
  }

  private drawState(): void {
    const { chat, t } = this;
    const { holder, number = "", operator = "", place = 0, left = false, until = "", provable } = chat.state ?? {};
    const words = {
      bot: () => t.bot,
      queue: () => (place ? t.place(place) : t.queue),
      operator: () => t.operator(operator),
      promised: () => t.promised,
      closed: () => t.closed,
      aside: () => t.aside,
    };
    write(this.status, left ? t.gone : holder ? words[holder]() : chat.barredBy || t.connecting);
    this.status.dataset.holder = holder ?? "";
    this.number.replaceChildren(...(number ? [`${t.number} `, h("b", {}, `№ ${number}`)] : []));
    const engaged = holder === "queue" || holder === "operator";
    this.call.hidden = engaged;
    this.end.hidden = !engaged || left;
    if (this.end.hidden && !this.ask.hidden) this.asks(false);
    write(this.question, holder === "queue" ? t.leaveQueue : t.leaveTalk);
    this.prove.hidden = !provable;
    this.token.value = chat.connection.token;
    this.closed.hidden = !left && holder !== "closed";
    write(this.closed, left ? t.back(until && this.clock.format(new Date(until))) : t.reopen);
    this.typing.hidden = !chat.operatorTypes;
    if (this.typing.firstChild) this.typing.firstChild.textContent = t.typing(operator);
    this.drawOffline();
  }

  private drawOffline(): void {
    if (this.chat.online || !this.isOpen) {
      clearTimeout(this.offlineTimer);
      this.offlineTimer = 0;
      this.offline.textContent = "";
    } else {
      this.offlineTimer ||= window.setTimeout(() => (this.offline.textContent = this.t.offline), OFFLINE_AFTER_MS);
    }
  }

  private scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    this.atBottom = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
    if (this.atBottom) this.pill.hidden = true;
  }

  private keepAtBottom(): void {
    if (this.atBottom) this.log.scrollTop = this.log.scrollHeight;
  }

  private toBottom(): void {
    this.atBottom = true;
    this.keepAtBottom();
  }

  private scrollToEnd(): void {
    this.pill.hidden = true;
    this.log.focus({ preventScroll: true });
    this.toBottom();
  }

  /** An answer counts as read when its end is in sight and the page has the reader's attention. */
  private markVisible(changes: IntersectionObserverEntry[] = []): void {
    for (const { target, isIntersecting } of changes) {
      if (isIntersecting) this.visible.add(target);
      else this.visible.delete(target);
    }
    if (document.hidden || !document.hasFocus()) return;
    for (const end of this.visible) {
      this.eye.unobserve(end);
      this.chat.markSeen(end.closest<HTMLElement>(".message")?.dataset.id ?? "");
    }
    this.visible.clear();
  }
}
