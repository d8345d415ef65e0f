/** A stranger's letter as it may be looked at. The sandbox it is shown in runs nothing; here it also loses what would ask for anything. */

const GONE = "script, style, link, meta, base, iframe, frame, frameset, object, embed, form, template, svg, math, audio, video, picture > source";
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);/iu;
const KEPT: ReadonlySet<string> = new Set(["alt", "colspan", "rowspan", "title", "dir", "lang", "width", "height"]);

/** Even a document that is only parsed has its styles and handlers refused by the desk's policy, each with a complaint in the console. */
function plain(html: string): string {
  return html
    .replaceAll(/<style\b[\s\S]*?(?:<\/style\s*>|$)/giu, "")
    .replaceAll(/<[^>]+>/gu, (tag) => tag.replaceAll(/[\s/](?:style|on[a-z]+)\s*=/giu, " data-gone="));
}

/** Without scripts, styles, forms, links and pictures from elsewhere; where a link led is told by its title. */
export function sanitised(html: string): string {
  const letter = new DOMParser().parseFromString(plain(html), "text/html");
  for (const element of letter.querySelectorAll(GONE)) element.remove();
  for (const element of [letter.body, ...letter.body.querySelectorAll("*")]) {
    const [link, picture] = [element.getAttribute("href"), element.getAttribute("src")];
    for (const { name } of Array.from(element.attributes)) if (!KEPT.has(name)) element.removeAttribute(name);
    if (link !== null) element.setAttribute("title", link);
    if (picture !== null && PICTURE.test(picture)) element.setAttribute("src", picture);
    else if (element.tagName === "IMG") element.replaceWith(element.getAttribute("alt") ?? "");
  }
  const lang = /^[a-z]{2}$/u.exec(letter.documentElement.lang)?.[0] ?? "ru";
  const head = '<meta charset="utf-8"><link rel="stylesheet" href="/desk/letter.css">';
  return `<!doctype html><html lang="${lang}"><head>${head}</head>${letter.body.outerHTML}</html>`;
}
