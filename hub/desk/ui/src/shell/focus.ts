/** Whether single keys belong to a text now. */

import { storeRef } from "@/ui/stores";
import { typing } from "./keys";

export const inText = storeRef(false);

export function followFocus({ type, target }: FocusEvent): void {
  inText.value = type === "focusin" && typing(target);
}
