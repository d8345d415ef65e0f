/** Languages by their ISO 639 codes: those that citizens of this country and its neighbours are likely to speak. */

export const LIKELY: readonly string[] = [
  "ru", "ab", "ady", "av", "az", "ba", "be", "bua", "ce", "chm", "cv", "de", "en", "fr", "hy", "inh", "ka", "kbd", "kk", "kv",
  "ky", "lez", "myv", "os", "sah", "tg", "tk", "tr", "tt", "tyv", "udm", "uk", "uz", "xal", "zh",
];

/** Languages of this country that browsers have no names for. */
const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ru: {
    ab: "абхазский", ady: "адыгейский", av: "аварский", ba: "башкирский", bua: "бурятский", ce: "чеченский", chm: "марийский", cv: "чувашский", inh: "ингушский", kbd: "кабардинский",
    kv: "коми", lez: "лезгинский", myv: "эрзянский", os: "осетинский", sah: "якутский", tk: "туркменский", tt: "татарский",
    tyv: "тувинский", udm: "удмуртский", xal: "калмыцкий", tg: "таджикский", ky: "киргизский",
  },
  en: {
    ab: "Abkhaz", ady: "Adyghe", av: "Avar", ba: "Bashkir", bua: "Buryat", ce: "Chechen", chm: "Mari", cv: "Chuvash", inh: "Ingush", kbd: "Kabardian",
    kv: "Komi", lez: "Lezgian", myv: "Erzya", os: "Ossetian", sah: "Yakut", tk: "Turkmen", tt: "Tatar",
    tyv: "Tuvan", udm: "Udmurt", xal: "Kalmyk", tg: "Tajik", ky: "Kyrgyz",
  },
};

/** «татарский»; the code itself where neither this table nor the browser has a name. */
export function languageName(code: string, locale: string): string {
  return NAMES[locale]?.[code] ?? new Intl.DisplayNames(locale, { type: "language", fallback: "code" }).of(code) ?? code;
}
