/** Building elements without innerHTML, so that no text can ever become markup. */

type Child = Node | string | false | undefined;
type Props = Record<string, string | boolean | ((event: never) => void)>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** One path on a field of 24 by 24, drawn as a line. */
export function icon(d: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

export const ICONS = {
  chat: "M4 5h16v11H11l-5 4v-4H4zM8 9h8M8 12h5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 20V5M5 12l7-7 7 7",
  attach: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.5 8.5a1.7 1.7 0 0 1-2.5-2.5L14.5 7.5",
  window: "M5 3h14v18H5zM12 3v18M5 11h14",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  down: "M12 5v14M6 13l6 6 6-6",
  waiting: "M12 4a8 8 0 1 0 .01 0M12 8v4l3 2",
  stored: "M5 13l4 4L19 7",
  read: "M2 13l4 4L16 7M11.5 16.5l.5.5L22 7",
  person: "M12 4a4 4 0 1 0 .01 0M4 21c0-5 3.5-7 8-7s8 2 8 7",
};

/** Text with its web addresses made into links, and with the emergency number to be called. Nothing that could run. */
export function linkify(text: string): (string | HTMLAnchorElement)[] {
  const parts: (string | HTMLAnchorElement)[] = [];
  let done = 0;
  for (const found of text.matchAll(/\bhttps?:\/\/[^\s<>"«»]+|\b(112)\b(?!-)/gi)) {
    const [all, number] = found;
    // The sentence's own punctuation is not part of the address.
    const address = number ?? all.replace(/[.,:;!?'»…]+$/, "").replace(/^([^(]*)\)+$/, "$1");
    if (!number && !isWebAddress(address)) continue;
    const start = found.index ?? 0;
    const link = number ? { href: "tel:112" } : { href: address, target: "_blank", rel: "noopener noreferrer" };
    parts.push(text.slice(done, start), h("a", link, address));
    done = start + address.length;
  }
  return [...parts, text.slice(done)].filter(Boolean);
}

function isWebAddress(address: string): boolean {
  try {
    return /^https?:$/.test(new URL(address).protocol);
  } catch {
    return false;
  }
}
