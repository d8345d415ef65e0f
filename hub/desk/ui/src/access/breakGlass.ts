/** The break-glass account was opened: whoever leads sees it as long as it may be open. */

import { shallowRef } from "vue";

export interface BreakGlass {
  at: string;
  until: string;
  source: string;
}

export const breakGlass = shallowRef<BreakGlass | null>(null);
