/** What the desk says, by rooms: Russian from the beginning, another language as soon as somebody chooses it. */

import { toast } from "@/ui/toasts";
import { createI18n } from "vue-i18n";
import { watch } from "vue";
import { type Words, ru } from "./ru";

const OTHERS = { en: () => import("./en").then(({ en }) => en) } satisfies Record<string, () => Promise<Words>>;
export type Language = "ru" | keyof typeof OTHERS;

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
const MONTH = { month: "long", year: "numeric" } as const;

export const words = createI18n<[Words], Language, false>({
  legacy: false,
  locale: "ru",
  fallbackLocale: "ru",
  messages: { ru } as Record<Language, Words>,
  datetimeFormats: { ru: { day: DAY, month: MONTH }, en: { day: DAY, month: MONTH } },
  pluralRules: { ru: russianForm },
});

watch(
  words.global.locale,
  (language) => {
    document.documentElement.lang = language;
  },
  { immediate: true },
);

async function load(language: Language): Promise<void> {
  if (language !== "ru" && !(language in words.global.messages.value)) words.global.setLocaleMessage(language, await OTHERS[language]());
}

/** From now on, and the next time; where the other language cannot be loaded, all stays as it is. */
export async function setLanguage(language: Language): Promise<void> {
  try {
    await load(language);
  } catch {
    toast(words.global.t("problem.unreachable"), { tone: "bad" });
    return;
  }
  words.global.locale.value = language;
  localStorage.setItem(KEPT, language);
}

/** As it was chosen in this browser. */
export const restoreLanguage = (): Promise<void> => setLanguage(localStorage.getItem(KEPT) === "en" ? "en" : "ru");
