const LATIN: Record<string, string> = {
  а: "a", б: "b", в: "v", г: "g", д: "d", е: "e", ё: "e", ж: "zh", з: "z", и: "i", й: "i", к: "k", л: "l", м: "m",
  н: "n", о: "o", п: "p", р: "r", с: "s", т: "t", у: "u", ф: "f", х: "kh", ц: "ts", ч: "ch", ш: "sh", щ: "shch",
  ъ: "", ы: "y", ь: "", э: "e", ю: "iu", я: "ia",
};

/** A readable id made of the title that no other article has. */
export function articleId(title: string, taken: readonly string[]): string {
  const latin = [...title.toLocaleLowerCase("ru")].map((letter) => LATIN[letter] ?? letter).join("");
  const base = latin.replaceAll(/[^a-z0-9]+/gu, "-").replaceAll(/^-+|-+$/gu, "").slice(0, 60) || "article";
  let id = base;
  for (let n = 2; taken.includes(id); n += 1) id = `${base}-${n}`;
  return id;
}

/** The id without the centre that has sent it: «001.pass» is about what «pass» is. */
export const aboutOf = (id: string): string => id.slice(id.indexOf(".") + 1);
