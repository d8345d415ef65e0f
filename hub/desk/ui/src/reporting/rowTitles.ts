/** What a row of a report is called: words of the desk's own language where it has some, else what the hub calls it. */

import type { PeriodBy } from "@/api/types";
import { me, topicTitle } from "@/sign_in/session";
import { timeIn } from "@/ui/clocks";
import { OF_TIME, clockName, isOfClock } from "./periods";
import { useI18n } from "vue-i18n";

export function useRowTitles(): (by: PeriodBy, key: string, given: string, timezone?: string) => string {
  const { t, te, locale } = useI18n();
  return (by, key, given, timezone = me.value.timezone) => {
    if (by === "month") return new Intl.DateTimeFormat(locale.value, { month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(key));
    if (by === "day" || by === "week") return new Intl.DateTimeFormat(locale.value, { day: "numeric", month: "short", weekday: "short", timeZone: "UTC" }).format(Date.parse(key));
    if (OF_TIME.has(by)) {
      const day = new Intl.DateTimeFormat(locale.value, { day: "2-digit", month: "2-digit", timeZone: timezone }).format(Date.parse(key));
      return `${day} ${timeIn(Date.parse(key), timezone, locale.value)}`;
    }
    if (isOfClock(by)) return clockName(by, key, locale.value);
    if (key === "") return t(by === "operator" ? "reports.others" : "reports.unknown");
    if (by === "topic") return topicTitle(key);
    if (by === "level") return t(`reports.level.${key}`);
    if (by === "channel" && te(`channel.${key}`)) return t(`channel.${key}`);
    return given || key;
  };
}
