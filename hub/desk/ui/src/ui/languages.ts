/** Languages by their ISO 639 codes: those that citizens of this country and its neighbours are likely to speak. */

export const LIKELY: readonly string[] = [
  "ru", "ab", "ady", "av", "az", "ba", "be", "bua", "ce", "chm", "cv", "de", "en", "fr", "hy", "inh", "ka", "kbd", "kk", "kv",
  "ky", "lez", "myv", "os", "sah", "tg", "tk", "tr", "tt", "tyv", "udm", "uk", "uz", "xal", "zh",
];

/** «татарский»; the code itself where the browser knows no name. */
export function languageName(code: string, locale: string): string {
  return new Intl.DisplayNames(locale, { type: "language", fallback: "code" }).of(code) ?? code;
}
