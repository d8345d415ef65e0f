/** The drawn dialogue as trees, and which of their nodes a tried turn went through. */

import type { Graph, GraphNode } from "@/api/types";
import { fold } from "@/conversations/views";

export interface Branch {
  node: GraphNode;
  next: Branch[];
}

export function trees({ nodes, edges }: Graph): Branch[] {
  const branches = new Map<string, Branch>(nodes.map((node) => [node.id, { node, next: [] }]));
  const roots = new Set(branches.values());
  for (const { source, target } of edges) {
    const [from, to] = [branches.get(source), branches.get(target)];
    if (from === undefined || to === undefined) continue;
    from.next.push(to);
    roots.delete(to);
  }
  return [...roots];
}

/** The trees in which some node is called or worded like this. */
export function filtered(all: readonly Branch[], text: string): Branch[] {
  const wanted = fold(text);
  const says = ({ node, next }: Branch): boolean =>
    [...node.names, ...node.words].some((each) => fold(each).includes(wanted)) || next.some(says);
  return wanted === "" ? [...all] : all.filter(says);
}

/** What stands between steps, and is no step itself. */
const PASSED: ReadonlySet<string> = new Set(["slot", "loop", "checkpoint"]);

/** Nodes that the steps of a turn (an intent, then actions) pass through as far as any way follows them. */
export function visitedNodes(all: readonly Branch[], steps: readonly string[]): Set<string> {
  const [intent, ...actions] = steps;
  let best: string[][] = [];
  let length = 0;
  const keep = (way: string[], depth: number): void => {
    if (depth > length) [best, length] = [[], depth];
    if (depth === length) best.push(way);
  };
  const follow = (branch: Branch, rest: readonly string[], way: string[], depth: number): void => {
    keep(way, depth);
    for (const next of branch.next) {
      const { id, kind, names } = next.node;
      if (PASSED.has(kind)) follow(next, rest, [...way, id], depth);
      else if (rest[0] !== undefined && names.includes(rest[0])) follow(next, rest.slice(1), [...way, id], depth + 1);
    }
  };
  const seek = (branch: Branch): void => {
    if (intent !== undefined && branch.node.kind === "intent" && branch.node.names.includes(intent)) follow(branch, actions, [branch.node.id], 1);
    branch.next.forEach(seek);
  };
  all.forEach(seek);
  if (length > Math.min(actions.length, 1)) return new Set(best.flat());
  // What was said belongs to no rule, as an answer to a form's question: all that is known is what was done.
  const done: string[] = [];
  const mark = ({ node, next }: Branch): void => {
    if (node.kind === "intent" || node.kind === "words") return;
    if (!PASSED.has(node.kind) && node.names.some((name) => actions.includes(name))) done.push(node.id);
    next.forEach(mark);
  };
  all.forEach(mark);
  return new Set(done);
}
