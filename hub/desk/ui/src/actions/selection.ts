/** Conversations of a list that were chosen for one act: those that wait may be moved together to another line, or to a colleague. */

import { succeeds } from "@/ui/problems";
import * as api from "./api";
import type { ConversationOut, StandsIn, StayingOut } from "@/api/types";
import { knownConversations } from "@/conversations/inbox";
import { type View, belongs } from "@/conversations/views";
import { toast } from "@/ui/toasts";
import { may, me } from "@/sign_in/session";
import { route } from "@/shell/route";
import { words } from "@/words";
import { computed } from "vue";
import { storeSet, onForget } from "@/ui/stores";

/** A line, a colleague, or a colleague in a line. */
export interface TransferDestination {
  queue: string;
  operator: string;
}

/** As many as the hub moves in one request. */
export const MAX_SELECTED = 1000;
const ids = storeSet<string>();
let last = "";
onForget(() => {
  last = "";
});

const view = (): View => (route.value?.screen === "inbox" ? route.value.view : "waiting");

/** Who is taken or moved by somebody else is chosen no more. */
export const selected = computed<ConversationOut[]>(() =>
  [...ids].map((id) => knownConversations.get(id)).filter((row): row is ConversationOut => row !== undefined && belongs(view(), row, me.value)),
);
export const isSelected = (id: string): boolean => ids.has(id);
export const canSelect = (): boolean => route.value?.screen === "inbox" && ((view() === "waiting" && (may("steer") || may("serve"))) || (view() === "mine" && may("serve")) || (view() === "held" && may("steer")));
/** Moving what waits is the supervisor's. */
export const canRearrange = (): boolean => view() === "waiting" && may("steer");

export function select(id: string, yes = !ids.has(id)): void {
  last = id;
  if (yes) ids.add(id);
  else ids.delete(id);
}

/** From the one that was chosen last up to this one, as in any list. */
export function selectUpTo(id: string, rows: readonly ConversationOut[]): void {
  const [from, to] = [rows.findIndex((row) => row.id === last), rows.findIndex((row) => row.id === id)].toSorted((a, b) => a - b) as [number, number];
  if (from < 0) select(id);
  else for (const row of rows.slice(from, to + 1)) ids.add(row.id);
}

export const clearSelection = (): void => ids.clear();

/** Where each stands now: whoever does so no more when the hub is asked is not moved. */
export const queuePosition = ({ id, holder }: ConversationOut): StandsIn => ({ conversation: id, queue: holder.queue, operator: holder.operator });

/** Whether anybody was moved; who was not is told of with the reason. */
export function transferSelected(seen: readonly StandsIn[], to: TransferDestination, why: string): Promise<boolean> {
  const { t } = words.global;
  return succeeds(async () => {
    const { done, staying } = await moved(seen, to, why);
    clearSelection();
    const back = seen.filter(({ conversation }) => done.includes(conversation));
    toast([t("rearrange.done", done.length), ...reasons(staying)].join(" "), done.length > 0 ? { undo: () => void undo(back, to) } : { tone: "bad" });
  });
}

async function undo(back: readonly StandsIn[], to: TransferDestination): Promise<void> {
  const { t } = words.global;
  await succeeds(async () => {
    const spots = groupBy(back, ({ queue, operator }) => JSON.stringify([queue, operator]));
    let done = 0;
    const staying: StayingOut[] = [];
    for (const group of spots.values()) {
      const { queue, operator = "" } = group[0] as StandsIn;
      const now = group.map(({ conversation }) => ({ conversation, queue: to.queue || queue, operator: to.operator }));
      const outcome = await moved(now, { queue, operator }, t("rearrange.undone"));
      done += outcome.done.length;
      staying.push(...outcome.staying);
    }
    toast([t("rearrange.back", done), ...reasons(staying)].join(" "));
  });
}

async function moved(seen: readonly StandsIn[], to: TransferDestination, why: string): Promise<{ done: string[]; staying: StayingOut[] }> {
  const [done, staying]: [string[], StayingOut[]] = [[], []];
  for (let at = 0; at < seen.length; at += MAX_SELECTED) {
    const outcome = await api.transferWaiting({ conversations: seen.slice(at, at + MAX_SELECTED), why, ...to });
    done.push(...outcome.done);
    staying.push(...outcome.staying);
  }
  return { done, staying };
}

/** «Осталось 2: обращение уже взяли или перевели.» */
export function reasons(staying: readonly StayingOut[]): string[] {
  const { t } = words.global;
  return [...groupBy(staying, ({ text }) => text)].map(([why, those]) => t("rearrange.staying", { n: those.length, why }));
}

export function groupBy<T>(these: readonly T[], by: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of these) groups.set(by(one), [...(groups.get(by(one)) ?? []), one]);
  return groups;
}
