/** What is being looked for when `#`, `/` or `@` was typed before the caret: an article, a ready reply, or a colleague. */

export type Trigger = "#" | "/" | "@";

export interface TriggerQuery {
  sign: Trigger;
  /** Where the sign stands. */
  start: number;
  text: string;
}

/** A slash with a blank behind it is one between words. A name has two words at most, so that the note goes on behind it. */
const QUERIES: Record<Trigger, RegExp> = {
  "#": /(?:^|\s)#([^#\n]{0,60})$/u,
  "/": /(?:^|\s)\/((?:[^\s/][^/\n]{0,59})?)$/u,
  "@": /(?:^|\s)@([^\s@]{0,30}(?: [^\s@]{0,30})?)$/u,
};

export function triggerQuery(text: string, caret: number): TriggerQuery | null {
  const before = text.slice(0, caret);
  for (const sign of ["#", "/", "@"] as const) {
    const query = QUERIES[sign].exec(before)?.[1];
    if (query !== undefined) return { sign, start: caret - query.length - 1, text: query };
  }
  return null;
}

export interface Edited {
  text: string;
  caret: number;
}

/** Words in place of the sign and what was typed after it. */
export function insertAt(text: string, query: TriggerQuery, words: string): Edited {
  const end = query.start + 1 + query.text.length;
  return { text: text.slice(0, query.start) + words + text.slice(end), caret: query.start + words.length };
}
