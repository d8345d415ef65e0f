/** The types on the wire, by the names the hub gives them. Times are ISO 8601, ids are strings of digits. */

export type Role = "operator" | "senior" | "supervisor" | "designer" | "admin";
export type Presence = "ready" | "busy" | "wrap_up" | "break" | "offline";
export type Permission = "serve" | "see_all" | "steer" | "edit_knowledge" | "manage_operators";
export type Author = "citizen" | "bot" | "operator" | "system";

export interface Attachment {
  file: string;
  name: string;
  type: string;
  size: number;
}

export interface Source {
  article: string;
  title: string;
  valid_from: string;
  body: string;
}

export interface ErrorOut {
  error: string;
  text: string;
}

export interface CredentialsIn {
  login: string;
  password: string;
}

export interface PasswordIn {
  old: string;
  new: string;
}

export interface NamedOut {
  id: string;
  title: string;
}

export interface MeOut {
  login: string;
  name: string;
  role: Role;
  permissions: Permission[];
  queues: string[];
  presence: Presence;
  csrf: string;
  must_change_password: boolean;
  centre: string;
  all_queues: NamedOut[];
  all_topics: NamedOut[];
}

export interface PresenceIn {
  presence: Presence;
}

export interface HolderOut {
  kind: string;
  since: string | null;
  queue: string;
  operator: string;
  operator_name: string;
  topic: string;
}

export interface ConversationOut {
  id: string;
  number: string;
  channel: string;
  name: string;
  person: string;
  opened: string;
  holder: HolderOut;
  topic: string;
  last: string;
  last_text: string;
  last_author: Author | null;
  last_at: string | null;
  waiting_since: string | null;
  held_since: string | null;
  unread: number;
  typing: boolean;
}

export interface EntryOut {
  id: string;
  conversation: string;
  kind: string;
  at: string;
  author: Author | null;
  name: string;
  text: string;
  key: string;
  choices: string[];
  source: Source | null;
  attachments: Attachment[];
  holder: HolderOut | null;
  why: string;
  by: string;
}

export interface TimelineOut {
  conversation: ConversationOut;
  entries: EntryOut[];
  more: boolean;
  seen_by_citizen: string;
}

export interface InboxOut {
  conversations: ConversationOut[];
  more: boolean;
}

export interface ReplyIn {
  key: string;
  text: string;
}

export interface TransferIn {
  queue: string;
  operator: string;
  note: string;
}

export interface CloseIn {
  topic: string;
}

export interface OperatorOut {
  login: string;
  name: string;
  role: Role;
  queues: string[];
  presence: Presence;
  active: boolean;
  load: number;
}

export interface OperatorIn {
  login: string;
  name: string;
  role: Role;
  queues: string[];
}

export interface NewOperatorOut {
  operator: OperatorOut;
  one_time_password: string;
}

export interface ArticleOut {
  id: string;
  title: string;
  text: string;
  questions: string[];
  topic: string;
  body: string;
  valid_from: string;
  purpose: string;
}

export interface ArticleIn {
  title: string;
  text: string;
  questions: string[];
  topic: string;
  body: string;
  valid_from: string;
}

export interface HitOut {
  entry: EntryOut;
  conversation: ConversationOut;
}

export interface HitsOut {
  hits: HitOut[];
  more: boolean;
}

export interface DeedOut {
  id: string;
  at: string;
  by: string;
  what: string;
  about: string;
  detail: string;
}

export type ToDesk =
  | { type: "hello"; presence: Presence }
  | { type: "offer"; conversation: ConversationOut; until: string; seconds: number }
  | { type: "offer_gone"; conversation: string; how: string }
  | { type: "conversation"; conversation: ConversationOut; gone: boolean }
  | { type: "entry"; entry: EntryOut }
  | { type: "counts"; mine: number; waiting: number; offered: number }
  | { type: "typing"; conversation: string; login: string }
  | { type: "seen"; conversation: string; id: string }
  | { type: "presence"; login: string; presence: Presence }
  | { type: "signed_out" }
  | { type: "error"; code: string; text: string };

export type FromDesk =
  | { type: "watch"; conversation: string }
  | { type: "typing"; conversation: string }
  | { type: "seen"; conversation: string; id: string };
