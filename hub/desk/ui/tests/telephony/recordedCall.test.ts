import { deletedOf, isRecordedCall, lineAt, waveformPath, peaks, transcriptsOf } from "@/telephony/recordedCall";
import { timelineItems } from "@/conversations/timelineItems";
import { reminders } from "@/telephony/recording";
import { entry } from "../fixtures";
import { expect, test } from "vitest";

const LINES = [
  { at_ms: 1200, author: "operator" as const, text: "Здравствуйте" },
  { at_ms: 2500, author: "citizen" as const, text: "Добрый день" },
];
const SOUND = { file: "a", name: "Запись.flac", type: "audio/flac", size: 1, state: "clean" as const, found: "" };

test("what is told of a recording belongs to it and is no line", () => {
  const entries = [
    entry({ id: "1", kind: "note", author: "system", attachments: [SOUND] }),
    entry({ id: "2", kind: "transcribed", author: null, record: "1", lines: LINES }),
    entry({ id: "3", kind: "deleted", author: null, record: "1", at: "2026-12-24T10:00:00Z" }),
  ];
  expect(timelineItems(entries).map(({ entry }) => entry.id)).toEqual(["1"]);
  expect(transcriptsOf(entries).get("1")?.lines).toEqual(LINES);
  expect(deletedOf(entries).get("1")).toBe("2026-12-24T10:00:00Z");
});

test("what a citizen sends is no talk", () => {
  expect(isRecordedCall(entry({ id: "1", kind: "note", author: "system", attachments: [SOUND] }))).toBe(true);
  expect(isRecordedCall(entry({ id: "1", kind: "message", author: "citizen", attachments: [SOUND] }))).toBe(false);
  expect(isRecordedCall(entry({ id: "1", kind: "note", author: "system", attachments: [] }))).toBe(false);
});

test.each([
  [0, -1],
  [1199, -1],
  [1200, 0],
  [2499, 0],
  [60_000, 1],
])("at %i ms the line that is said is %i", (ms, line) => {
  expect(lineAt(LINES, ms)).toBe(line);
});

test("the picture shows the loudest of each part", () => {
  expect(peaks(new Float32Array([0, 0.5, -1, 0, 0, 0.25]), 3)).toEqual([0.5, 1, 0.25]);
  expect(peaks(new Float32Array(0), 2)).toEqual([0, 0]);
  expect(waveformPath([0.5, 1])).toBe("M0 0.500L1 0.000L1 2.000L0 1.500Z");
  expect(waveformPath([])).toBe("");
});

test("whoever has paused is reminded each minute", () => {
  const paused = "2026-11-24T10:00:00Z";
  expect([0, 59, 60, 119, 185].map((s) => reminders(paused, Date.parse(paused) + s * 1000))).toEqual([0, 0, 1, 1, 3]);
  expect(reminders(paused, Date.parse(paused) - 5000)).toBe(0);
});
