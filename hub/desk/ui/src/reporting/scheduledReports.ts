/** Reports that go out by e-mail: what a form begins with, and how a rhythm and its outcome are said. */

import { succeeds } from "@/ui/problems";
import * as api from "./api";
import type { MailingIn, MailingOut } from "@/api/types";
import { toast } from "@/ui/toasts";
import { words } from "@/words";

/** What the form begins with: a mailing, or a new one of the report that is looked at. */
export function draftOf(one: MailingOut | null, wish: Pick<api.PeriodFilters, "by" | "centre" | "line">): MailingIn {
  if (one !== null) return said(one);
  const by = wish.by === "operator" ? "day" : wish.by;
  return { version: 0, title: "", by, rhythm: "daily", at: "09:00", addresses: [], form: "xlsx", centre: wish.centre, line: wish.line, day: 1, worked: true, moscow: false, paused: false };
}

const said = ({ version, title, by, rhythm, at, addresses, form, centre, line, day, worked, moscow, paused }: MailingOut): MailingIn => ({
  version, title, by, rhythm, at, addresses: [...addresses], form, centre, line, day, worked, moscow, paused,
});

export const pause = (one: MailingOut, paused: boolean): Promise<MailingOut> => api.saveMailing(one.id, { ...said(one), paused });

/** Removed at once; whoever has second thoughts has it back, with what became of it before. */
export async function remove(one: MailingOut): Promise<void> {
  const { t } = words.global;
  if (!(await succeeds(() => api.removeMailing(one.id, one.version)))) return;
  toast(t("mailings.removed", { title: one.title }), { undo: () => void succeeds(() => api.saveMailing(one.id, { ...said(one), version: one.version + 1 })) });
}

/** 1 is Monday: 1 January 2024 was one. */
export const weekday = (day: number, locale: string): string => new Intl.DateTimeFormat(locale, { weekday: "long", timeZone: "UTC" }).format(Date.UTC(2024, 0, day));

/** «По понедельникам в 09:00». */
export function scheduleText({ rhythm: how, day, at, worked, moscow }: Pick<MailingOut, "rhythm" | "day" | "at" | "worked" | "moscow">, locale: string): string {
  const { t } = words.global;
  const when = t(`mailings.when.${how}`, { day: how === "weekly" ? weekday(day, locale) : String(day), at });
  return [when, ...(moscow ? [t("mailings.moscow")] : []), ...(worked ? [t("mailings.worked")] : [])].join(", ");
}
