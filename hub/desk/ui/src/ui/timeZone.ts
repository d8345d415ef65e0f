/** The centre's clock, whatever the zone of the desk: what a `datetime-local` field holds, and what people read. */

const PARTS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

/** `2026-11-26T09:00`. */
export function toClock(at: string, zone: string): string {
  // Swedish dates are written as ISO 8601 writes them.
  return new Intl.DateTimeFormat("sv", { timeZone: zone, ...PARTS }).format(new Date(at)).replace(" ", "T");
}

/** The instant at which the centre's clock shows this. */
export function fromClock(clock: string, zone: string): string {
  const wanted = Date.parse(`${clock}Z`);
  let at = wanted;
  // The offset at a wrong guess may be another one: the second step corrects it.
  for (let step = 0; step < 2; step += 1) at += wanted - Date.parse(`${toClock(new Date(at).toISOString(), zone)}Z`);
  return new Date(at).toISOString();
}

/** «26 нояб. 2026 г., 09:00». */
export function inZone(at: string, zone: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone: zone, dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(new Date(at));
}

/** «26 нояб., 09:00», and with the year when it is another one. */
export function brieflyInZone(at: string, zone: string, locale: string, now: number): string {
  const year = (moment: number | string): string => toClock(new Date(moment).toISOString(), zone).slice(0, 4);
  const shape: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(locale, { timeZone: zone, ...shape, ...(year(at) === year(now) ? {} : { year: "numeric" }) }).format(
    new Date(at),
  );
}

/** «Москва, стандартное время». */
export function zoneName(zone: string, locale: string): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "long" }).formatToParts();
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}
