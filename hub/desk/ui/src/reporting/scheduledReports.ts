/** Reports that go out by e-mail: what a form begins with, and how a rhythm and its outcome are said. */

import { succeeds } from "@/ui/problems";
import * as api from "./api";
import type { MailingIn, MailingOut } from "@/api/types";
import { toast } from "@/ui/toasts";
import { weekdayName } from "./periods";
import { words } from "@/words";

/** What the form begins with: a mailing, or a new one of the report that is looked at. */
export function draftOf(one: MailingOut | null, wish: Pick<api.PeriodFilters, "by" | "centre" | "line">): MailingIn {
  if (one !== null) return said(one);
  const by = wish.by === "operator" ? "day" : wish.by;
  return { version: 0, title: "", by, rhythm: "daily", at: "09:00", addresses: [], form: "xlsx", centre: wish.centre, line: wish.line, day: 1, worked: true, moscow: false, paused: false, report: "" };
}

const said = ({ version, title, by, rhythm, at, addresses, form, centre, line, day, worked, moscow, paused, report }: MailingOut): MailingIn => ({
  version, title, by, rhythm, at, addresses: [...addresses], form, centre, line, day, worked, moscow, paused, report,
});

export const pause = (one: MailingOut, paused: boolean): Promise<MailingOut> => api.saveMailing(one.id, { ...said(one), paused });

/** Removed at once; whoever has second thoughts has it back, with what became of it before. */
export async function remove(one: MailingOut): Promise<void> {
  const { t } = words.global;
  if (!(await succeeds(() => api.removeMailing(one.id, one.version)))) return;
  toast(t("mailings.removed", { title: one.title }), { undo: () => void succeeds(() => api.saveMailing(one.id, { ...said(one), version: one.version + 1 })) });
}

/** «По понедельникам в 09:00». */
export function scheduleText({ rhythm: how, day, at, worked, moscow }: Pick<MailingOut, "rhythm" | "day" | "at" | "worked" | "moscow">, locale: string): string {
  const { t } = words.global;
  const when = t(`mailings.when.${how}`, { day: how === "weekly" ? weekdayName(day, "long", locale) : String(day), at });
  return [when, ...(moscow ? [t("mailings.moscow")] : []), ...(worked ? [t("mailings.worked")] : [])].join(", ");
}
