/** The one conversation open on this desk. */

import * as api from "./api";
import type { Refused } from "@/api/request";
import type { Attachment, ConversationOut, EntryOut, TimelineOut } from "@/api/types";
import { compareIds, laterId } from "@/api/ids";
import { citizenWrote, knownConversations, patchConversation, updateConversations, moment, removeConversation } from "./inbox";
import { me } from "@/sign_in/session";
import { mergeEntries } from "./timelineItems";
import { mayOpen } from "./views";
import { computed } from "vue";
import { store, storeRequest } from "@/ui/stores";

type State = "none" | "loading" | "open" | "unstated" | "closed" | "failed";

type Check = Pick<Attachment, "state" | "found">;

interface Open {
  id: string;
  /** closed: this person may not read it (yet); unstated: not before saying why. */
  state: State;
  problem: string;
  entries: EntryOut[];
  more: boolean;
  seenByCitizen: string;
  /** Those that went on in it when it was loaded, in one word. */
  parts: string;
  /** When the citizen's last words came to this desk, by its clock; 0 for what was there when it was opened. */
  heardMs: number;
  /** What the hub has told of files since they were loaded: it may come before what it is about. */
  checks: ReadonlyMap<string, Check>;
  /** Kept beside the inbox: a conversation found in the archive is in none of its views. */
  head: ConversationOut | null;
}

const NOTHING: Open = {
  id: "",
  state: "none",
  problem: "",
  entries: [],
  more: false,
  seenByCitizen: "",
  parts: "",
  heardMs: 0,
  checks: new Map(),
  head: null,
};

export const open = store<Open>(() => ({ ...NOTHING }));
export const conversation = computed(() => knownConversations.get(open.id) ?? open.head);

let watch: (id: string) => void = () => {};
const latestRequest = storeRequest();

/** The live line tells the hub which conversation is open here. */
export function onViewed(tell: (id: string) => void): void {
  watch = tell;
}

export async function show(id: string): Promise<void> {
  if (id === open.id && open.state === "open") return;
  latestRequest.drop();
  Object.assign(open, NOTHING, { id, state: id === "" ? "none" : "loading", head: knownConversations.get(id) ?? null });
  if (id !== "") await renew();
  else watch("");
}

/** Load the open conversation anew. Watching begins first, so that nothing falls between. */
export async function renew(): Promise<void> {
  const { id } = open;
  if (id === "") return;
  const head = conversation.value;
  if (head !== null && !mayOpen(head, me.value)) {
    Object.assign(open, { state: "closed", entries: [], more: false });
    return;
  }
  open.checks = new Map();
  watch(id);
  const at = moment();
  await latestRequest(api.timeline(id), (timeline) => unfold(id, timeline, at), refused);
}

function refused({ code, status, text, passing }: Refused): void {
  // What is on the screen stays there while the hub cannot be reached.
  if (open.state === "open" && passing) return;
  const state: State = code === "no_ground" ? "unstated" : status === 403 ? "closed" : "failed";
  Object.assign(open, { state, problem: text });
  // Whoever may not read it does not look on.
  if (state !== "failed") watch("");
}

/** Also what accepting and taking answer with; `at` is when it was asked for. */
export function unfold(id: string, timeline: TimelineOut, at: number): void {
  updateConversations([timeline.conversation], at);
  if (open.id !== id) return;
  const last = open.entries.at(-1)?.id;
  const parts = partsOf(timeline.conversation);
  // More was written while the line was down than one page holds: what is on the screen no longer joins on.
  // So does what was said elsewhere, once it is merged or parted.
  const gap = parts !== open.parts || (timeline.more && last !== undefined && !timeline.entries.some((entry) => entry.id === last));
  const entries = gap ? timeline.entries : mergeEntries(open.entries, timeline.entries);
  const grown = entries.length > timeline.entries.length;
  Object.assign(open, {
    state: "open",
    head: timeline.conversation,
    entries,
    parts,
    more: grown ? open.more : timeline.more,
    seenByCitizen: laterId(open.seenByCitizen, timeline.seen_by_citizen),
  });
}

const partsOf = ({ parts }: ConversationOut): string => parts.map(({ id }) => id).join();

/** Another conversation goes on in it now, or no longer. */
export const outgrown = (): boolean => open.state === "open" && conversation.value !== null && partsOf(conversation.value) !== open.parts;

export async function loadEarlier(): Promise<void> {
  const { id } = open;
  const first = open.entries[0];
  if (first === undefined) return;
  const earlier = await api.timeline(id, first.id);
  if (open.id !== id || open.entries[0]?.id !== first.id) return;
  open.entries = mergeEntries(open.entries, earlier.entries);
  open.more = earlier.more;
}

/** Until an entry is there, or all of it is. */
export async function loadUpTo(item: string): Promise<void> {
  for (let first = open.entries[0]; open.more && first !== undefined && compareIds(first.id, item) > 0; first = open.entries[0]) {
    // oxlint-disable-next-line no-await-in-loop -- where a page begins is known from the one before
    await loadEarlier();
    if (open.entries[0]?.id === first.id) return;
  }
}

export function add(entry: EntryOut): void {
  const here = entry.conversation === open.id || (conversation.value?.parts ?? []).some(({ id }) => id === entry.conversation);
  if (!here || open.state !== "open") return;
  open.entries = mergeEntries(open.entries, [entry]);
  // What stands on the screen is no more.
  if (entry.kind === "erased") {
    open.entries = [];
    void renew();
  }
  if (entry.author !== "citizen") return;
  open.heardMs = Date.now();
  citizenWrote(open.id);
}

/** Also where it is in none of the inbox's views. */
export function patch(id: string, change: Partial<ConversationOut>): void {
  patchConversation(id, change);
  if (open.head?.id === id) open.head = { ...open.head, ...change };
}

export function onCitizenSaw(id: string, upTo: string): void {
  if (id === open.id) open.seenByCitizen = laterId(open.seenByCitizen, upTo);
}

export function onFileChecked(id: string, file: string, check: Check): void {
  if (id === open.id) open.checks = new Map(open.checks).set(file, check);
}

/** A file as it stands now. */
export const asChecked = (attachment: Attachment): Attachment => ({ ...attachment, ...open.checks.get(attachment.file) });

/** The hub says that this person may no longer see it. */
export function onAccessWithdrawn(id: string): void {
  removeConversation(id);
  if (id !== open.id) return;
  latestRequest.drop();
  Object.assign(open, NOTHING, { id, state: "closed" });
}
