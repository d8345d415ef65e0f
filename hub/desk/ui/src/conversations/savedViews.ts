/** The filtered lists that are kept under a title, one's own and shared ones, with the number of conversations in each. */

import * as api from "./api";
import { filterOf, setFilter } from "./filteredList";
import { listMoment } from "./inbox";
import { type FilteredView, filterFrom, textOf } from "./listFilter";
import type { SavedViewOut } from "@/api/types";
import { uniqueKey } from "@/api/uniqueKey";
import { go } from "@/shell/route";
import { succeeds } from "@/ui/problems";
import { onForget, storeRef, storeRequest } from "@/ui/stores";
import { watch } from "vue";

export const savedViews = storeRef<readonly SavedViewOut[]>([]);
const latestRequest = storeRequest();
const PAUSE_MS = 10_000;
let pause: ReturnType<typeof setTimeout> | undefined;
onForget(() => {
  clearTimeout(pause);
  pause = undefined;
});

export const loadViews = (): Promise<void> => latestRequest(api.views(), (rows) => void (savedViews.value = rows), () => {});

export function openView({ filter: text }: SavedViewOut): void {
  const kept = filterFrom(text);
  if (kept === null) return;
  go({ screen: "inbox", view: kept.view, id: "" });
  setFilter(kept.view, kept.filter);
}

/** The one whose filter the list has now. */
export const currentView = (view: FilteredView): SavedViewOut | undefined => savedViews.value.find(({ filter }) => filter === textOf(view, filterOf(view)));

export const saveView = (view: FilteredView, title: string, shared: boolean): Promise<boolean> =>
  succeeds(async () => void (savedViews.value = await api.putView(uniqueKey(), { title, shared, filter: textOf(view, filterOf(view)) })));

export const dropView = (id: string): Promise<boolean> =>
  succeeds(async () => {
    await api.dropView(id);
    await loadViews();
  });

// Who comes and goes changes the counts; nobody reads them by the second.
watch(
  listMoment,
  () => {
    if (savedViews.value.length === 0 || pause !== undefined || document.hidden) return;
    pause = setTimeout(() => {
      pause = undefined;
      void loadViews();
    }, PAUSE_MS);
  },
);
