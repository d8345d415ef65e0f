/** The lists as they are filtered at this desk: which rows pass is the hub's answer, what they say is told live. */

import * as api from "./api";
import { knownConversations, listMoment, moment, updateConversations } from "./inbox";
import { type FilteredView, type ListFilter, isFiltering, noFilter, queryOf } from "./listFilter";
import { type View, belongs } from "./views";
import type { ConversationOut } from "@/api/types";
import { me } from "@/sign_in/session";
import { onForget, store, storeMap, storeRequest } from "@/ui/stores";
import { watch } from "vue";

const filters = storeMap<View, ListFilter>();
export const filterOf = (view: View): ListFilter => filters.get(view) ?? noFilter();

interface Found {
  view: View | null;
  ids: readonly string[];
  count: number;
  total: number;
  groups: readonly { value: string; count: number }[];
}

export const found = store<Found>(() => ({ view: null, ids: [], count: 0, total: 0, groups: [] }));
const latestRequest = storeRequest();
/** Who is in a list changes all the time: it is asked for again at most so often. */
const PAUSE_MS = 3000;
const MOST_AGAIN = 500;
let pause: ReturnType<typeof setTimeout> | undefined;
onForget(() => {
  clearTimeout(pause);
  pause = undefined;
});

export const isFiltered = (view: View): boolean => isFiltering(view, filterOf(view));

export function setFilter(view: FilteredView, filter: ListFilter): void {
  filters.set(view, filter);
  if (isFiltered(view)) void loadFiltered(view);
  else Object.assign(found, { view: null, ids: [], groups: [] });
}

/** The rows that passed and still belong to the view, in the hub's order. */
export function filteredRows(view: View): ConversationOut[] {
  if (found.view !== view) return [];
  return found.ids.map((id) => knownConversations.get(id)).filter((row) => row !== undefined && belongs(view, row, me.value)) as ConversationOut[];
}

export const hasMoreFiltered = (view: View): boolean => found.view === view && found.ids.length < found.count;

/** From the beginning, or what comes behind the rows that are there; whether it came. */
export async function loadFiltered(view: FilteredView, more = false): Promise<boolean> {
  const [at, before] = [moment(), more && found.view === view ? found.ids : []];
  let came = false;
  await latestRequest(
    api.filtered({ ...queryOf(view, filterOf(view)), skip: before.length }),
    (page) => {
      updateConversations(page.conversations, at);
      const ids = [...new Set([...before, ...page.conversations.map(({ id }) => id)])];
      Object.assign(found, { view, ids, count: page.count, total: page.total, groups: page.groups });
      came = page.conversations.length > 0;
    },
    () => {},
  );
  return came;
}

async function again(): Promise<void> {
  const { view } = found;
  const length = Math.min(found.ids.length, MOST_AGAIN);
  if (view === null || !isFiltered(view)) return;
  await loadFiltered(view as FilteredView);
  // oxlint-disable-next-line no-await-in-loop -- where a page begins is known from the one before
  while (found.view === view && found.ids.length < Math.min(length, found.count) && (await loadFiltered(view as FilteredView, true)));
}

watch(
  () => [...listMoment(), found.view],
  () => {
    if (found.view === null || pause !== undefined) return;
    pause = setTimeout(() => {
      pause = undefined;
      void again();
    }, PAUSE_MS);
  },
);
