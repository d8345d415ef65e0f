import { createI18n } from "vue-i18n";
import { watch } from "vue";
import { en } from "./en";
import { ru } from "./ru";

export type Language = "ru" | "en";

const KEPT = "okno.language";

/** 1 сообщение, 2 сообщения, 5 сообщений. */
export function russianForm(n: number, forms: number): number {
  const [tens, ones] = [Math.abs(n) % 100, Math.abs(n) % 10];
  if (forms < 3) return n === 1 ? 0 : 1;
  if (tens >= 11 && tens <= 14) return 2;
  if (ones === 1) return 0;
  return ones >= 2 && ones <= 4 ? 1 : 2;
}

const DAY = { day: "numeric", month: "long", year: "numeric" } as const;

export const words = createI18n({
  legacy: false,
  locale: localStorage.getItem(KEPT) === "en" ? "en" : "ru",
  fallbackLocale: "ru",
  messages: { ru, en },
  datetimeFormats: { ru: { day: DAY }, en: { day: DAY } },
  pluralRules: { ru: russianForm },
});

watch(
  words.global.locale,
  (language) => {
    localStorage.setItem(KEPT, language);
    document.documentElement.lang = language;
  },
  { immediate: true },
);
