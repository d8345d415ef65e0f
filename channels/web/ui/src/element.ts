/** <okno-chat hub open lang inline accent subject municipality mfc>: joins the chat, its memory and its view. */

import { Chat } from "./chat";
import type { VisitorContext, Environment } from "./connection";
import { browserStorage, Store } from "./store";
import styles from "./styles.css?inline";
import { textsFor } from "./texts";
import { View } from "./view";

/** Where the script came from, up to the part that the hub always serves it under. */
export function hubOf(script: string): string {
  return script ? new URL("..", script).href.replace(/\/$/, "") : location.origin;
}

export function define(defaultHub: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);

  class OknoChat extends HTMLElement {
    static readonly observedAttributes = ["hub", "open", "lang", "inline", "accent"];
    private chat: Chat | undefined;
    private view: View | undefined;
    private leave = new AbortController();

    connectedCallback(): void {
      const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
      // Unlike <style>, a constructed sheet needs no permission from the site's policy.
      root.adoptedStyleSheets = [sheet];
      this.begin();
    }

    disconnectedCallback(): void {
      this.end();
    }

    attributeChangedCallback(name: string, before: string | null, now: string | null): void {
      if (!this.view || before === now) return;
      if (name === "accent") this.paint();
      else if (name === "open") this.show(now !== null, true);
      else {
        this.end();
        this.begin();
      }
    }

    private begin(): void {
      const inline = this.hasAttribute("inline");
      const hub = (this.getAttribute("hub") ?? defaultHub).replace(/\/$/, "");
      const texts = textsFor(this.getAttribute("lang") ?? "ru");
      const store = new Store(browserStorage(), hub);
      this.chat = new Chat(hub, store, browser(hub), { lang: texts.lang, ...this.place() }, () => this.view?.scheduleDraw());
      this.view = new View(texts, this.chat, hub, inline, (open) => this.toggleAttribute("open", open));
      this.shadowRoot?.append(this.view.element);
      this.paint();
      this.listen(store);
      // Before its first use a closed widget asks nothing of the hub; afterwards it waits for answers.
      if (inline || store.get("token")) this.chat.connection.start();
      if (this.hasAttribute("open")) this.show(true, false);
    }

    /** Of a page that answers for one place; what is not stated stays unknown. */
    private place(): Pick<VisitorContext, "place"> {
      const stated = ["subject", "municipality", "mfc"].flatMap((name) => {
        const value = this.getAttribute(name);
        return value ? [[name, value]] : [];
      });
      return stated.length ? { place: Object.fromEntries(stated) } : {};
    }

    private end(): void {
      this.leave.abort();
      this.chat?.connection.stop();
      this.view?.destroy();
      this.chat = this.view = undefined;
    }

    private show(open: boolean, focus: boolean): void {
      if (!open) return this.view?.close();
      this.view?.open(focus);
      this.chat?.connection.start();
    }

    private listen(store: Store): void {
      this.leave = new AbortController();
      const { signal } = this.leave;
      const connection = this.chat?.connection;
      window.addEventListener("online", () => connection?.wake(), { signal });
      window.addEventListener("offline", () => connection?.reconnect(), { signal });
      document.addEventListener("visibilitychange", () => document.hidden || connection?.wake(), { signal });
      const elsewhere = ({ key }: StorageEvent) => {
        if (key?.startsWith(store.prefix)) this.chat?.changedElsewhere(key.slice(store.prefix.length));
      };
      window.addEventListener("storage", elsewhere, { signal });
    }

    /** The site's colour, with black or white upon it, whichever is easier to read. */
    private paint(): void {
      const accent = this.getAttribute("accent") ?? "";
      this.style.color = accent;
      const rgb = getComputedStyle(this).color.match(/[\d.]+/g)?.map(Number) ?? [];
      this.style.color = "";
      const given = accent !== "" && CSS.supports("color", accent);
      this.style.setProperty("--site-accent", given ? accent : null);
      this.style.setProperty("--site-on-accent", given ? (luminance(rgb) > 0.18 ? "#000" : "#fff") : null);
    }
  }

  customElements.define("okno-chat", OknoChat);
}

/** WCAG 2.1: relative luminance of an sRGB colour. */
function luminance([r = 0, g = 0, b = 0]: number[]): number {
  return 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function browser(hub: string): Environment {
  return {
    dial: (url) => new WebSocket(url),
    request: async (method, url, body) => {
      const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
      const answer = await fetch(url, { method, ...json, credentials: "omit", cache: "no-store" });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    },
    later: (ms, task) => {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    alone: async (task) => {
      // Absent on pages without TLS; then two tabs opened at once may begin two conversations.
      await (navigator.locks ? navigator.locks.request(`okno:${hub}`, task) : task());
    },
  };
}
