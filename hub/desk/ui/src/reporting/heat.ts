/** A figure by day of the week and hour: which hours are shown, and how dark each cell is. */

import type { PeriodOut, PeriodRowOut } from "@/api/types";
import { valueOf } from "./columns";

export const LEVELS = 5;
const DAY_MS = 86_400_000;

export interface Heat {
  /** By «1 09»: day of the week and hour. */
  rows: ReadonlyMap<string, PeriodRowOut>;
  /** From the first hour in which anything happened to the last one. */
  hours: number[];
  /** How many Mondays, Tuesdays and so on the period has. */
  days: number[];
  /** 0 is nothing, then equal steps up to the largest value. */
  level: (key: string) => number;
  /** The values of each step, from 1 on: «1–5». */
  spans: string[];
}

export function heatOf(report: Pick<PeriodOut, "since" | "until" | "rows">, name: string): Heat {
  const rows = new Map(report.rows.map((row) => [row.key, row]));
  const there = report.rows.map(({ key }) => Number(key.slice(2)));
  const first = Math.min(...there, 9);
  const last = Math.max(...there, 17);
  const most = Math.max(...report.rows.map((row) => valueOf(row, name) ?? 0), 0);
  const whole = report.rows.every((row) => Number.isInteger(valueOf(row, name) ?? 0)) && most >= LEVELS;
  const ends = Array.from({ length: LEVELS }, (_, step) => (whole ? Math.ceil((most * (step + 1)) / LEVELS) : (most * (step + 1)) / LEVELS));
  return {
    rows,
    hours: Array.from({ length: last - first + 1 }, (_, step) => first + step),
    days: weekdaysBetween(report.since, report.until),
    level(key) {
      const row = rows.get(key);
      const value = row === undefined ? 0 : (valueOf(row, name) ?? 0);
      return value <= 0 ? 0 : ends.findIndex((end) => value <= end) + 1;
    },
    spans: most === 0 ? [] : ends.map((end, step) => spanText(ends[step - 1] ?? 0, end, whole)),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
const spanText = (after: number, upto: number, whole: boolean): string => (whole && after + 1 === upto ? String(upto) : `${whole ? after + 1 : round(after)}–${round(upto)}`);

function weekdaysBetween(since: string, until: string): number[] {
  const first = (new Date(since).getUTCDay() + 6) % 7;
  const length = (Date.parse(until) - Date.parse(since)) / DAY_MS + 1;
  return Array.from({ length: 7 }, (_, day) => Math.max(Math.ceil((length - ((day - first + 7) % 7)) / 7), 0));
}
