/** Ready replies: one's own and those of lines, found by what is typed behind a slash and filled where they are put in. */

import { explain, succeeds } from "@/ui/problems";
import * as api from "./api";
import type { CannedIn, CannedOut } from "@/api/types";
import { toast } from "@/ui/toasts";
import { queueTitle, topicTitle } from "@/sign_in/session";
import { fold } from "@/conversations/views";
import { words } from "@/words";
import { store, storeRequest } from "@/ui/stores";

export const canned = store<{ rows: CannedOut[] | null; problem: string }>(() => ({ rows: null, problem: "" }));

const latestRequest = storeRequest();

export const load = (): Promise<void> =>
  latestRequest(
    api.canned(),
    (rows) => void Object.assign(canned, { rows, problem: "" }),
    (error) => void (canned.problem = explain(error)),
  );

export async function save(id: string, reply: CannedIn): Promise<CannedOut> {
  const saved = await api.saveCanned(id, reply);
  learn(saved);
  return saved;
}

/** Deleted at once; whoever has second thoughts writes it again as it was. */
export async function remove(one: CannedOut, said: string): Promise<void> {
  if (!(await succeeds(() => api.dropCanned(one.id, one.version)))) return;
  canned.rows = (canned.rows ?? []).filter(({ id }) => id !== one.id);
  const { title, text, sign, queues, note, then_queue, then_topic } = one;
  toast(said, { undo: () => void succeeds(() => save(one.id, { version: 0, title, text, sign, queues, note, then_queue, then_topic })) });
}

function learn(one: CannedOut): void {
  const rows = [...(canned.rows ?? []).filter(({ id }) => id !== one.id), one];
  canned.rows = rows.toSorted((a, b) => a.title.localeCompare(b.title, "ru"));
}

/** The best first: the very sign, what begins with it, then titles, then texts; own ones before others. */
export function matching(rows: readonly CannedOut[], wanted: string): CannedOut[] {
  const sought = fold(wanted);
  const rank = ({ sign, title, text }: CannedOut): number => {
    if (sought === "") return 0;
    if (sign === sought) return 0;
    if (sign.startsWith(sought)) return 1;
    if (fold(title).includes(sought)) return 2;
    return fold(text).includes(sought) ? 3 : 4;
  };
  return rows
    .filter((one) => rank(one) < 4)
    .toSorted((a, b) => rank(a) - rank(b) || Number(b.own) - Number(a.own) || a.title.localeCompare(b.title, "ru"));
}

/** What a macro does after its words; "" where it does nothing. */
export function closingOf({ then_queue, then_topic }: Pick<CannedOut, "then_queue" | "then_topic">): string {
  const { t } = words.global;
  if (then_queue) return t("macro.transfers", { line: queueTitle(then_queue) });
  return then_topic ? t("macro.closes", { topic: topicTitle(then_topic) }) : "";
}

export interface PlaceholderValues {
  name: string;
  number: string;
  operator: string;
  centre: string;
}

/** A text with its fields filled. Where nobody has told his name, it goes with the comma before it: «Здравствуйте!». */
export function fillPlaceholders(text: string, known: PlaceholderValues): string {
  const values: Record<string, string> = { имя: known.name, номер: known.number, оператор: known.operator, центр: known.centre };
  return text.replaceAll(/(,?[ \t]*)\{([^{}\n]*)\}/gu, (all, gap: string, field: string) => {
    const value = values[field];
    if (value === undefined) return all;
    return value === "" ? "" : gap + value;
  });
}
