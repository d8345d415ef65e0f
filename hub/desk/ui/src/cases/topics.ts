/** The tree of topics at this desk: a version as it was published, or the next one as it is being written. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { TopicNode, TopicsOut } from "@/api/types";
import { articleId } from "@/knowledge/articleId";
import { toast } from "@/ui/toasts";
import { restoreSession } from "@/sign_in/session";
import { withChanges, changes, inherited, without } from "./topicTree";
import { words } from "@/words";
import { computed } from "vue";
import { store, storeRequest } from "@/ui/stores";

interface Shown {
  /** The newest version. */
  current: TopicsOut | null;
  /** An older one that is only looked at, with what was before it; null while the next one is written. */
  old: { tree: TopicsOut; before: TopicNode[] } | null;
  /** The next version. */
  draft: TopicNode[];
  problem: string;
}

export const shown = store<Shown>(() => ({ current: null, old: null, draft: [], problem: "" }));
const [asking, askingOld] = [storeRequest(), storeRequest()];

export const nodes = computed(() => shown.old?.tree.topics ?? shown.draft);
export const changed = computed(() => (shown.old ? changes(shown.old.before, shown.old.tree.topics) : changes(shown.current?.topics ?? [], shown.draft)));

/** What the newest version stands for is said: the next one begins with nothing of the kind. */
const fresh = (tree: TopicsOut): TopicNode[] => tree.topics.map((each) => withChanges(each, { was: [] }));

const isWritten = (): boolean => shown.current !== null && changes(shown.current.topics, shown.draft).length > 0;

/** What is written stays until it is forgotten, and is told to be of an older version where somebody else has published meanwhile. */
export const open = (): Promise<void> =>
  asking(
    api.topics(""),
    (current) => {
      shown.problem = "";
      if (current.version === shown.current?.version) return;
      if (isWritten()) toast(words.global.t("topics.overtaken"), { tone: "bad" });
      else Object.assign(shown, { current, draft: fresh(current), old: null });
    },
    (error) => {
      shown.problem = explain(error);
    },
  );

export async function look(version: number): Promise<void> {
  askingOld.drop();
  if (version === shown.current?.version) {
    shown.old = null;
    return;
  }
  const before = version > 1 ? api.topics(String(version - 1)) : Promise.resolve({ topics: [] });
  await askingOld(
    Promise.all([api.topics(String(version)), before]),
    ([tree, { topics }]) => {
      shown.old = { tree, before: topics };
    },
    (error) => toast(explain(error), { tone: "bad" }),
  );
}

export async function forget(): Promise<void> {
  if (shown.current) shown.draft = fresh(shown.current);
  await open();
}

/** Gives the key of the new one. */
export function add(node: Omit<TopicNode, "id" | "was" | "centre">): string {
  const taken = [...shown.draft, ...(shown.current?.topics ?? [])].map(({ id }) => id);
  const id = articleId(node.title, taken);
  shown.draft = [...shown.draft, { ...node, id, was: [], centre: "" }];
  return id;
}

export function change(id: string, to: Partial<TopicNode>): void {
  shown.draft = shown.draft.map((each) => (each.id === id ? withChanges(each, to) : each));
}

export function remove(id: string): void {
  shown.draft = without(shown.draft, id);
}

export function inherit(old: string, heir: string): void {
  shown.draft = inherited(shown.draft, old, heir);
}

export async function publish(): Promise<boolean> {
  if (shown.current === null) return false;
  try {
    const current = await api.putTopics(shown.current.version, shown.draft);
    asking.drop();
    askingOld.drop();
    Object.assign(shown, { current, draft: fresh(current), old: null });
    await restoreSession();
    return true;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return false;
  }
}
