/** The break-glass account was opened: whoever leads sees it as long as it may be open. */

import { storeRef } from "@/ui/stores";

export interface BreakGlass {
  at: string;
  until: string;
  source: string;
}

export const breakGlass = storeRef<BreakGlass | null>(null);
