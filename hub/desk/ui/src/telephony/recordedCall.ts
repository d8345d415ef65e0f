/** A recorded talk: what was said in it line by line, how loud its two voices are, and whether it is there still. */

import type { EntryOut } from "@/api/types";

export type TranscriptLine = EntryOut["lines"][number];

export interface Transcript {
  lines: readonly TranscriptLine[];
  /** Why there are none. */
  why: string;
}

/** By the message that the recording is. */
export function transcriptsOf(entries: readonly EntryOut[]): Map<string, Transcript> {
  return new Map(entries.filter(({ kind }) => kind === "transcribed").map(({ record, lines, why }) => [record, { lines, why }]));
}

/** When the sound was deleted, by its message. */
export function deletedOf(entries: readonly EntryOut[]): Map<string, string> {
  return new Map(entries.filter(({ kind }) => kind === "deleted").map(({ record, at }) => [record, at]));
}

/** A note that the hub itself has made of a sound; what citizens send is no talk. */
export const isRecordedCall = (entry: EntryOut): boolean =>
  entry.kind === "note" && entry.author === "system" && entry.attachments.some(({ type }) => type.startsWith("audio/"));

/** The line that is being said, -1 before the first. */
export const lineAt = (lines: readonly TranscriptLine[], ms: number): number => lines.findLastIndex((line) => line.at_ms <= ms);

/** The loudest sample of each of `count` equal parts, from 0 to 1. */
export function peaks(samples: Float32Array, count: number): number[] {
  const step = samples.length / count;
  return Array.from({ length: count }, (_, part) => {
    let most = 0;
    const end = Math.min(samples.length, Math.ceil((part + 1) * step));
    for (let at = Math.floor(part * step); at < end; at += 1) most = Math.max(most, Math.abs(samples[at] ?? 0));
    return Math.min(1, most);
  });
}

/** One closed line around the loudness of a voice, in a field of `count` × 2, its middle at 1. */
export function waveformPath(loud: readonly number[]): string {
  const up = loud.map((peak, at) => `${at} ${(1 - peak).toFixed(3)}`);
  const down = loud.map((peak, at) => `${at} ${(1 + peak).toFixed(3)}`).toReversed();
  return loud.length === 0 ? "" : `M${[...up, ...down].join("L")}Z`;
}
