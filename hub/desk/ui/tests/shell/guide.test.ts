import { FOLDERS, foldersOf, pagesFor, search } from "@/shell/guide";
import { expect, test } from "vitest";

test("every folder has pages, and each link leads to one", async () => {
  const pages = (await Promise.all(Object.values(FOLDERS).map((load) => load()))).flatMap((module) => module.default);
  const paths = new Set(pages.map(({ path }) => path));
  const links = pages.flatMap(({ html }) => [...html.matchAll(/data-page="([^"]+)"/gu)].map(([, to]) => to ?? ""));
  expect(paths.size).toBeGreaterThan(80);
  expect(links.length).toBeGreaterThan(200);
  expect(links.filter((to) => !paths.has(to))).toEqual([]);
  expect(pages.filter(({ title, html }) => title === "" || /<img|<p><\/p>/u.test(html))).toEqual([]);
});

test("a role gets its own pages and the one it was led to", async () => {
  const pages = await pagesFor("operator", "administrator/tasks/people");
  expect(foldersOf("operator")).toEqual(["operator", "words"]);
  expect(new Set(pages.map(({ path }) => path.split("/")[0]))).toEqual(new Set(["operator", "words", "administrator"]));
});

test("all words are wanted, in any form, and a title weighs more", async () => {
  const pages = await pagesFor("operator", "");
  expect(search(pages, "опасностью жизни")[0]?.page.path).toBe("operator/tasks/danger");
  expect(search(pages, "опасностью крокодил")).toEqual([]);
  expect(search(pages, " ")).toEqual([]);
});
