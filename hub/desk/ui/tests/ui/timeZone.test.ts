import { brieflyInZone, fromClock, inZone, toClock, zoneName } from "@/ui/timeZone";
import { expect, test } from "vitest";

test("the centre's clock is shown and read whatever the zone of the desk", () => {
  expect(toClock("2026-11-26T06:00:00Z", "Europe/Moscow")).toBe("2026-11-26T09:00");
  expect(toClock("2026-11-26T20:30:00Z", "Asia/Kamchatka")).toBe("2026-11-27T08:30");
  expect(fromClock("2026-11-26T09:00", "Europe/Moscow")).toBe("2026-11-26T06:00:00.000Z");
  expect(fromClock("2026-01-01T00:00", "Asia/Kamchatka")).toBe("2025-12-31T12:00:00.000Z");
});

test("there and back again, also where clocks are set", () => {
  // 25 October 2026: Berlin's clocks go back; 29 March 2026: they go forward.
  for (const zone of ["Europe/Moscow", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "UTC"]) {
    for (const clock of ["2026-10-25T01:59", "2026-10-25T03:00", "2026-03-29T01:59", "2026-03-29T03:00", "2026-12-31T23:59"]) {
      expect([zone, toClock(fromClock(clock, zone), zone)]).toEqual([zone, clock]);
    }
  }
});

test("dates and the zone have names", () => {
  expect(inZone("2026-11-26T06:00:00Z", "Asia/Yekaterinburg", "ru")).toContain("11:00");
  const now = Date.parse("2026-12-31T20:59:59Z");
  expect(brieflyInZone("2026-11-26T06:00:00Z", "Europe/Moscow", "ru", now)).toBe("26 нояб., 09:00");
  expect(brieflyInZone("2026-12-31T21:00:00Z", "Europe/Moscow", "ru", now)).toContain("2027");
  expect(zoneName("Europe/Moscow", "ru")).toContain("Москва");
});
