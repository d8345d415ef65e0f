/** What is being looked for when `#` was typed before the caret. */

export interface ArticleQuery {
  /** Where the `#` stands. */
  start: number;
  text: string;
}

const QUERY = /(?:^|\s)#([^#\n]{0,60})$/u;

export function articleQuery(text: string, caret: number): ArticleQuery | null {
  const match = QUERY.exec(text.slice(0, caret));
  const query = match?.[1];
  return query === undefined ? null : { start: caret - query.length - 1, text: query };
}

export interface Edited {
  text: string;
  caret: number;
}

/** The article's words in place of `#` and what was typed after it. */
export function insertArticle(text: string, query: ArticleQuery, words: string): Edited {
  const end = query.start + 1 + query.text.length;
  return { text: text.slice(0, query.start) + words + text.slice(end), caret: query.start + words.length };
}
