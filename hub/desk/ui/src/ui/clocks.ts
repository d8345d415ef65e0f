/** The clocks of the field: a citizen waits at most 20 s, and his question is answered or promised within 10 minutes. */

export type Tone = "good" | "warn" | "bad";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function waitingTone(ms: number): Tone {
  if (ms < 10 * SECOND) return "good";
  return ms <= 20 * SECOND ? "warn" : "bad";
}

export function holdingTone(ms: number): Tone {
  if (ms < 8 * MINUTE) return "good";
  return ms < 10 * MINUTE ? "warn" : "bad";
}

/** Of a promise: the tones turn where the hub raises its alarms, at 80 and 95 per cent of the time. */
export function dueTone(left: number, whole: number): Tone {
  if (left > whole * 0.2) return "good";
  return left > whole * 0.05 ? "warn" : "bad";
}

const two = (n: number): string => String(n).padStart(2, "0");

/** `0:07`, `12:45`, `1:02:03`, and from a day on its number of days: nobody counts the seconds of yesterday. */
export function clockText(ms: number, locale: string): string {
  const left = Math.max(0, ms);
  if (left >= DAY) {
    return new Intl.NumberFormat(locale, { style: "unit", unit: "day" }).format(Math.floor(left / DAY));
  }
  const [hours, minutes, seconds] = [Math.floor(left / HOUR), Math.floor(left / MINUTE) % 60, Math.floor(left / SECOND) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", DAY],
  ["hour", HOUR],
  ["minute", MINUTE],
];

/** «3 минуты назад», «вчера». */
export function ago(at: number, now: number, locale: string): string {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const passed = Math.max(0, now - at);
  const [unit, length] = STEPS.find(([, length]) => passed >= length) ?? ["second", SECOND];
  return words.format(unit === "second" ? 0 : -Math.floor(passed / length), unit);
}

const startOfDay = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** «сегодня», «вчера», «12 ноября», and with the year when it is another one. */
export function dayName(at: number, now: number, locale: string): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY);
  if (days === 0 || days === 1) return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-days, "day");
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const shape: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", ...(sameYear ? {} : { year: "numeric" }) };
  return new Intl.DateTimeFormat(locale, shape).format(at);
}

export function timeOfDay(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

export function dateAndTime(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(at);
}

/** On the clock of the centre, which may not be the one on this wall. */
export function timeIn(at: number, timeZone: string, locale: string, seconds = false): string {
  const shape: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
  return new Intl.DateTimeFormat(locale, seconds ? { ...shape, second: "2-digit" } : shape).format(at);
}

/** «вторник, 24 ноября 2026 г.» of a day without hours, which is the same on every clock. */
export function longDate(day: string, locale: string): string {
  const at = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? "" : new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" }).format(at);
}
