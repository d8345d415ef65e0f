/** Conversations and entries for the unit tests. */

import type { ConversationOut, EntryOut, HolderOut } from "@/api/types";

export const holder = (change: Partial<HolderOut> = {}): HolderOut => ({
  kind: "queue",
  since: "2026-11-24T10:00:00Z",
  queue: "general",
  operator: "",
  operator_name: "",
  topic: "",
  ...change,
});

export const held = (operator: string): HolderOut => holder({ kind: "operator", operator });

export const conversation = (change: Partial<ConversationOut> = {}): ConversationOut => ({
  id: "10",
  number: "001-261124-00002-4",
  channel: "web",
  name: "Пётр Волков",
  person: "individual",
  opened: "2026-11-24T10:00:00Z",
  holder: holder(),
  topic: "",
  last: "11",
  last_text: "Где моё заявление?",
  last_author: "citizen",
  last_at: "2026-11-24T10:00:00Z",
  waiting_since: null,
  held_since: null,
  unread: 0,
  typing: false,
  files: "any",
  promise: null,
  place: null,
  verification: null,
  proposed: [],
  address: "",
  measured: false,
  callable: false,
  talks: false,
  company: null,
  listeners: [],
  senior_asked: false,
  recording: null,
  snoozed: null,
  mentioned: false,
  looking: [],
  parts: [],
  ...change,
});

export const entry = (change: Partial<EntryOut> = {}): EntryOut => ({
  id: "1",
  conversation: "10",
  kind: "message",
  at: "2026-11-24T10:00:00Z",
  author: "citizen",
  name: "",
  text: "Здравствуйте",
  key: "",
  choices: [],
  source: null,
  attachments: [],
  holder: null,
  why: "",
  by: "",
  folded: "",
  record: "",
  lines: [],
  mentions: [],
  ...change,
});
