/** The frames of the chat socket, as the hub writes and reads them (channels/web/frames.py). */

export type Author = "citizen" | "bot" | "operator" | "system";
export type Holder = "bot" | "queue" | "operator" | "promised" | "closed" | "aside";

export interface Attachment {
  file: string;
  name: string;
  type: string;
  size: number;
}

/** What the hub's scanner makes of a file: only a clean one is offered. */
export type Check = "clean" | "waiting" | "infected" | "unchecked";

export interface Source {
  article: string;
  title: string;
  valid_from: string;
  body?: string;
}

export interface MessageFrame {
  type: "message";
  id: string;
  author: Author;
  text: string;
  at: string;
  key?: string;
  name?: string;
  choices?: string[];
  source?: Source | null;
  attachments?: Attachment[];
  /** Of these, those that cannot be opened now, and why. */
  closed?: Record<string, Check>;
}

export interface StateFrame {
  type: "state";
  holder: Holder;
  number: string;
  operator?: string;
  place?: number;
  /** The citizen has left; his place in line, if he stood there, is kept `until` then. */
  left?: boolean;
  until?: string;
  /** He may prove who he is to the person he waits for or talks to, and has not yet. */
  provable?: boolean;
}

export type FromHub =
  | MessageFrame
  | StateFrame
  | { type: "stored"; key: string; id: string }
  | { type: "typing" }
  | { type: "seen"; id: string }
  | { type: "file"; file: string; state: Check }
  | { type: "error"; code: string; text: string; key?: string };

export type ToHub =
  | { type: "say"; key: string; text: string; files?: string[] }
  | { type: "typing" }
  | { type: "seen"; id: string }
  | { type: "leave" };

const KNOWN = new Set(["message", "state", "stored", "typing", "seen", "file", "error"]);

/** A frame, or nothing: a newer hub may send kinds that this widget does not know. */
export function parse(data: unknown): FromHub | undefined {
  try {
    const frame: unknown = JSON.parse(String(data));
    const known = typeof frame === "object" && frame !== null && KNOWN.has((frame as { type: string }).type);
    return known ? (frame as FromHub) : undefined;
  } catch {
    return undefined;
  }
}

/** Ids have up to 19 digits, more than a number holds exactly, so they are compared as text. */
export function compareIds(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
