/** What was last looked for in the archive: kept while one goes to and fro, and only in memory. */

import type { HitOut } from "@/api/types";
import { store } from "@/ui/stores";

interface Hits {
  text: string;
  found: HitOut[] | null;
  more: boolean;
  busy: boolean;
  problem: string;
}

const NOTHING: Hits = { text: "", found: null, more: false, busy: false, problem: "" };

export const hits = store<Hits>(() => ({ ...NOTHING }));

export function clearHits(): void {
  Object.assign(hits, NOTHING);
}
