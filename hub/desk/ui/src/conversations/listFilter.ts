/** What narrows a list down, its order and its groups: as the hub is asked for it, and as a view keeps it. */

import type { View } from "./views";

export const SEVERAL = ["queue", "topic", "channel", "operator", "language"] as const;
export const SWITCHES = ["unread", "promised", "danger"] as const;
export const SORTS = ["usual", "newest", "oldest"] as const;
export const GROUPS = ["", "queue", "topic", "channel", "operator"] as const;
export const MINUTES = [1, 5, 10, 30, 60] as const;
/** Views that the hub filters. */
const FILTERED = ["mine", "waiting", "promised", "held"] as const satisfies readonly View[];
export type FilteredView = (typeof FILTERED)[number];
export type Several = (typeof SEVERAL)[number];
export type Switch = (typeof SWITCHES)[number];

export interface ListFilter {
  several: Record<Several, readonly string[]>;
  switches: Record<Switch, boolean>;
  longer_s: number;
  sort: (typeof SORTS)[number];
  group: (typeof GROUPS)[number];
}

export const canFilter = (view: View): view is FilteredView => (FILTERED as readonly View[]).includes(view);

export const noFilter = (): ListFilter => ({
  several: { queue: [], topic: [], channel: [], operator: [], language: [] },
  switches: { unread: false, promised: false, danger: false },
  longer_s: 0,
  sort: "usual",
  group: "",
});

/** Only what differs from a list without a filter. */
export function queryOf(view: FilteredView, filter: ListFilter): Record<string, string> {
  const query: Record<string, string> = { view };
  for (const name of SEVERAL) if (filter.several[name].length > 0) query[name] = filter.several[name].join(",");
  for (const name of SWITCHES) if (filter.switches[name]) query[name] = "true";
  if (filter.longer_s > 0) query["longer_s"] = String(filter.longer_s);
  if (filter.sort !== "usual") query["sort"] = filter.sort;
  if (filter.group !== "") query["group"] = filter.group;
  return query;
}

export const isFiltering = (view: View, filter: ListFilter): boolean => canFilter(view) && Object.keys(queryOf(view, filter)).length > 1;

export const textOf = (view: FilteredView, filter: ListFilter): string => new URLSearchParams(queryOf(view, filter)).toString();

/** What a view keeps; null where this desk does not know it. */
export function filterFrom(text: string): { view: FilteredView; filter: ListFilter } | null {
  const query = new URLSearchParams(text);
  const view = FILTERED.find((each) => each === query.get("view"));
  if (view === undefined) return null;
  const filter = noFilter();
  for (const name of SEVERAL) filter.several[name] = query.get(name)?.split(",").filter(Boolean) ?? [];
  for (const name of SWITCHES) filter.switches[name] = query.get(name) === "true";
  filter.longer_s = Number(query.get("longer_s") ?? 0);
  filter.sort = SORTS.find((each) => each === query.get("sort")) ?? "usual";
  filter.group = GROUPS.find((each) => each === query.get("group")) ?? "";
  return { view, filter };
}
