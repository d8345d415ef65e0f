/** The break-glass account was opened: whoever leads sees it as long as it may be open. */

import { shallowRef } from "vue";

export interface Glass {
  at: string;
  until: string;
  source: string;
}

export const glass = shallowRef<Glass | null>(null);
