/** Where the steps of a script are drawn: what leads on stands above what it leads to, and answers lead down from left to right. */

import type { Script } from "@/api/types";
import { END } from "@/actions/scriptRuns";

/** Pixels. */
export const BOX = { width: 176, height: 60, across: 24, down: 48 } as const;
/** Around all boxes, with room for lanes. */
const EDGE = 40;
const LANE = 14;
/** So far lanes stand apart that lie on the same side. */
const APART = 5;

export interface Placed {
  key: string;
  x: number;
  y: number;
}

export interface Way {
  from: string;
  to: string;
  /** Which answer it is, from 1; 0 is a step without answers. */
  answer: number;
  path: string;
  /** Leads back up. */
  back: boolean;
  /** Where the answer's digit stands. */
  label: { x: number; y: number };
}

export interface Drawing {
  boxes: Placed[];
  ways: Way[];
  width: number;
  height: number;
}

interface Edge {
  from: string;
  to: string;
  answer: number;
}

export function edges({ steps }: Pick<Script, "steps">): Edge[] {
  const there = new Set([...steps.map(({ key }) => key), END]);
  return steps
    .flatMap(({ key, next, answers }) =>
      answers.length > 0 ? answers.map((answer, index) => ({ from: key, to: answer.next, answer: index + 1 })) : [{ from: key, to: next, answer: 0 }],
    )
    .filter(({ to }) => there.has(to));
}

export function draw(script: Pick<Script, "steps">): Drawing {
  const all = edges(script);
  const keys = [...new Set([...script.steps.map(({ key }) => key), END])];
  const { ranks, forward } = ranked(keys, all);
  const rows = ordered(keys, ranks, forward);
  const widest = Math.max(...rows.map((row) => row.length));
  const stride = { x: BOX.width + BOX.across, y: BOX.height + BOX.down };
  const boxes = rows.flatMap((row, rank) => row.map((key, place) => ({ key, x: EDGE + ((widest - row.length) / 2 + place) * stride.x, y: EDGE + rank * stride.y })));
  const at = new Map(boxes.map((box) => [box.key, box]));
  const ways = all.flatMap((edge) => {
    const [from, to] = [at.get(edge.from), at.get(edge.to)];
    if (from === undefined || to === undefined) return [];
    const between = boxes.filter(({ y }) => y >= Math.min(from.y, to.y) && y <= Math.max(from.y, to.y));
    return [way(edge, from, to, { back: !forward.has(edge), far: to.y - from.y > stride.y, left: Math.min(...between.map(({ x }) => x)), right: Math.max(...between.map(({ x }) => x)) + BOX.width })];
  });
  return { boxes, ways, width: 2 * EDGE + widest * stride.x - BOX.across, height: 2 * EDGE + rows.length * stride.y - BOX.down };
}

/** How far down each stands: below all that lead to it, but for ways that lead back. The end stands last. */
function ranked(keys: readonly string[], all: readonly Edge[]): { ranks: Map<string, number>; forward: Set<Edge> } {
  const out = (key: string): Edge[] => all.filter(({ from }) => from === key);
  const [forward, done, under, order] = [new Set<Edge>(), new Set<string>(), new Set<string>(), [] as string[]];
  const visit = (key: string): void => {
    under.add(key);
    for (const edge of out(key)) {
      if (under.has(edge.to)) continue;
      forward.add(edge);
      if (!done.has(edge.to)) visit(edge.to);
    }
    under.delete(key);
    done.add(key);
    order.unshift(key);
  };
  for (const key of keys) if (!done.has(key)) visit(key);
  const ranks = new Map<string, number>(keys.map((key) => [key, 0]));
  for (const key of order) {
    for (const edge of out(key)) {
      if (forward.has(edge)) ranks.set(edge.to, Math.max(ranks.get(edge.to) ?? 0, (ranks.get(key) ?? 0) + 1));
    }
  }
  ranks.set(END, Math.max(...keys.filter((key) => key !== END).map((key) => ranks.get(key) ?? 0)) + 1);
  return { ranks, forward };
}

/** Each row in the order of what leads to it, so that few ways cross. */
function ordered(keys: readonly string[], ranks: ReadonlyMap<string, number>, forward: ReadonlySet<Edge>): string[][] {
  const rows: string[][] = [];
  const place = new Map<string, number>();
  for (let rank = 0; rank <= (ranks.get(END) ?? 0); rank += 1) {
    const row = keys.filter((key) => ranks.get(key) === rank);
    const weight = new Map(row.map((key) => [key, mean([...forward].filter(({ to }) => to === key).map(({ from, answer }) => (place.get(from) ?? 0) + answer / 10))]));
    row.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0));
    for (const [index, key] of row.entries()) place.set(key, index - (row.length - 1) / 2);
    rows.push(row);
  }
  return rows.filter((row) => row.length > 0);
}

const mean = (numbers: readonly number[]): number => (numbers.length === 0 ? 0 : numbers.reduce((sum, each) => sum + each, 0) / numbers.length);

interface Room {
  back: boolean;
  /** Rows lie between. */
  far: boolean;
  /** What stands in the rows from one to the other lies within. */
  left: number;
  right: number;
}

/** Straight down into the next row; past several rows along a lane on the left, and back up along one on the right. */
function way({ from, to, answer }: Edge, source: Placed, target: Placed, { back, far, left, right }: Room): Way {
  const share = answer === 0 ? 0.5 : Math.min(answer, 9) / 10;
  if (back) {
    const [startX, startY, endX, endY] = [source.x + BOX.width, source.y + BOX.height / 2, target.x + BOX.width, target.y + BOX.height / 2 + APART];
    const lane = right + LANE + answer * APART;
    return { from, to, answer, back, path: `M${startX} ${startY} H${lane} V${endY} H${endX}`, label: { x: startX + 4, y: startY - 4 } };
  }
  const [startX, startY, endX, endY] = [source.x + BOX.width * share, source.y + BOX.height, target.x + BOX.width / 2, target.y];
  const label = { x: startX + 4, y: startY + 13 };
  const bend = BOX.down / 2;
  if (!far) return { from, to, answer, back, path: `M${startX} ${startY} C${startX} ${startY + bend} ${endX} ${endY - bend} ${endX} ${endY}`, label };
  const lane = left - LANE - answer * APART;
  const down = `M${startX} ${startY} C${startX} ${startY + bend} ${lane} ${startY} ${lane} ${startY + BOX.down}`;
  return { from, to, answer, back, path: `${down} V${endY - BOX.down} C${lane} ${endY} ${endX} ${endY - bend} ${endX} ${endY}`, label };
}
