/** The pages of docs/ru as modules of the desk: `virtual:guide/<folder>` has those of a role as HTML, without the pictures. */

import MarkdownIt, { type Token } from "markdown-it";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const NAME = "virtual:guide/";
const DOCS = fileURLToPath(new URL("../../../docs/ru", import.meta.url));
/** In the documentation alone: the reference in English, the page for all roles, and what the keeper of the machine reads. */
const ELSEWHERE = /^(?:\.\.|index$|sysadmin\/)/u;

export function guide(): Plugin {
  return {
    name: "guide",
    resolveId: (id) => (id.startsWith(NAME) ? `\0${id}` : undefined),
    load(id) {
      if (!id.startsWith(`\0${NAME}`)) return undefined;
      const paths = pathsBelow(id.slice(NAME.length + 1));
      for (const path of paths) this.addWatchFile(`${DOCS}/${path}.md`);
      return `export default ${JSON.stringify(paths.map(page))}`;
    },
  };
}

/** A page has its own name, a folder those below it: the index first, tasks before what is looked up. */
function pathsBelow(name: string): string[] {
  if (!statSync(`${DOCS}/${name}`, { throwIfNoEntry: false })?.isDirectory()) return [name];
  const files = readdirSync(`${DOCS}/${name}`, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md"));
  const order = (file: string): number => ["index.md", "first-day.md"].indexOf(file) + 1 || (file.startsWith("tasks") ? 3 : 4);
  return files.toSorted((one, other) => order(one) - order(other) || one.localeCompare(other)).map((file) => `${name}/${file.slice(0, -3)}`);
}

function page(path: string): { path: string; title: string; html: string } {
  const markdown = new MarkdownIt();
  const tokens = markdown.parse(readFileSync(`${DOCS}/${path}.md`, "utf8"), {});
  const title = tokens[1]?.children?.map(({ content }) => content).join("") ?? path;
  const body = tokens.slice(3);
  for (const [at, token] of body.entries()) {
    const words = body[at + 1]?.content ?? "";
    // Below the title of the panel and that of the page.
    if (token.type.startsWith("heading")) token.tag = `h${Math.min(Number(token.tag.slice(1)) + 1, 6)}`;
    if (token.type === "heading_open") token.attrSet("id", `guide-${anchor(words)}`);
    if (token.type === "th_open" && words === "") token.tag = "td";
    if (token.type === "th_close" && body[at - 1]?.content === "") token.tag = "td";
    if (token.children) token.children = inline(token.children, path);
  }
  return { path, title, html: markdown.renderer.render(withoutEmpty(body), markdown.options, {}) };
}

/** As MyST and GitHub call a heading. */
const anchor = (words: string): string => words.toLowerCase().replace(/[^\p{L}\p{N}\s-]/gu, "").replace(/\s/gu, "-");

/** A link to another page names it; of what is not in the desk the words are left. */
function inline(tokens: Token[], path: string): Token[] {
  let within = "";
  for (const token of tokens) {
    if (token.type === "link_open") within = linked(token, path);
    if (token.type === "link_close") token.tag = within;
  }
  return tokens.filter(({ type }) => type !== "image");
}

function linked(token: Token, path: string): "a" | "span" {
  const [target = "", fragment = ""] = decodeURI(token.attrGet("href") ?? "").split("#");
  if (target.includes("://")) {
    token.attrs = [["href", target], ["target", "_blank"], ["rel", "noopener noreferrer"]];
    return "a";
  }
  const to = target === "" ? path : posix.join(posix.dirname(path), target).replace(/\.md$/u, "");
  const there = !ELSEWHERE.test(to) && statSync(`${DOCS}/${to}.md`, { throwIfNoEntry: false }) !== undefined;
  token.tag = there ? "a" : "span";
  token.attrs = there ? [["href", ""], ["data-page", to], ["data-heading", fragment && `guide-${fragment}`]] : [];
  return token.tag;
}

/** A paragraph of a picture alone is empty now. */
function withoutEmpty(tokens: Token[]): Token[] {
  const empty = (at: number): boolean => tokens[at]?.type === "inline" && tokens[at]?.children?.length === 0 && tokens[at - 1]?.type === "paragraph_open";
  return tokens.filter((_, at) => !(empty(at - 1) || empty(at) || empty(at + 1)));
}
