/** The tree of topics in memory: its order, what has changed between two versions, what may stand above or for what. Pure. */

import type { TopicClass, TopicNode } from "@/api/types";

export const CLASSES: readonly TopicClass[] = ["general", "territorial", "personalised", "municipal", "unknown"];

export interface Placed {
  node: TopicNode;
  depth: number;
}

export const withChanges = (node: TopicNode, to: Partial<TopicNode>): TopicNode => ({ ...node, ...to });

/** Those above before those below, as they stand in the list. */
export function inOrder(nodes: readonly TopicNode[]): Placed[] {
  const below = new Map<string, TopicNode[]>();
  for (const node of nodes) below.set(node.parent, [...(below.get(node.parent) ?? []), node]);
  const placed: Placed[] = [];
  const place = (parent: string, depth: number): void => {
    for (const node of below.get(parent) ?? []) {
      placed.push({ node, depth });
      place(node.id, depth + 1);
    }
  };
  place("", 0);
  return placed;
}

/** A topic and all below it: none of them can stand above it. */
export function branch(nodes: readonly TopicNode[], id: string): Set<string> {
  const found = new Set([id]);
  for (const { node } of inOrder(nodes)) if (found.has(node.parent)) found.add(node.id);
  return found;
}

/** Without one; what was below it moves up. */
export function without(nodes: readonly TopicNode[], id: string): TopicNode[] {
  const parent = nodes.find((each) => each.id === id)?.parent ?? "";
  return nodes.filter((each) => each.id !== id).map((each) => (each.parent === id ? withChanges(each, { parent }) : each));
}

export type Change =
  | { what: "added" | "kept" | "changed"; node: TopicNode; fields: ("title" | "title_en" | "parent" | "kind")[] }
  /** `heir` stands for it from now on, "" where nothing does. */
  | { what: "removed"; node: TopicNode; heir: string };

const FIELDS = ["title", "title_en", "parent", "kind"] as const;

/** What the next version makes of the one before. */
export function changes(before: readonly TopicNode[], after: readonly TopicNode[]): Change[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const there = new Set(after.map(({ id }) => id));
  const made = after.map((node): Change => {
    const old = known.get(node.id);
    if (old === undefined) return { what: "added", node, fields: [] };
    const fields = FIELDS.filter((field) => old[field] !== node[field]);
    return { what: fields.length > 0 || node.was.length > 0 ? "changed" : "kept", node, fields };
  });
  const gone = before
    .filter(({ id }) => !there.has(id))
    .map((node): Change => ({ what: "removed", node, heir: after.find(({ was }) => was.includes(node.id))?.id ?? "" }));
  return [...made.filter(({ what }) => what !== "kept"), ...gone];
}

/** `heir` stands for an old topic from now on, and nothing else does; "" for nothing. */
export function inherited(nodes: readonly TopicNode[], old: string, heir: string): TopicNode[] {
  return nodes.map((each) => {
    const rest = each.was.filter((id) => id !== old);
    return withChanges(each, { was: each.id === heir ? [...rest, old] : rest });
  });
}
