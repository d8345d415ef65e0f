/** Ready replies that do more: shown before they are run, all of one at once. */

import type { CannedOut } from "@/api/types";
import type { PlaceholderValues } from "./cannedReplies";
import { overlay } from "@/shell/overlay";
import { me } from "@/sign_in/session";
import { conversation } from "@/conversations/timeline";
import { computed } from "vue";
import { storeRef } from "@/ui/stores";

/** The one that is looked at before it is run. */
export const previewed = storeRef<CannedOut | null>(null);

export function preview(macro: CannedOut): void {
  previewed.value = macro;
  overlay.value = "macro";
}

/** What the fields of ready replies are filled with here. */
export const placeholderValues = computed<PlaceholderValues>(() => ({
  name: conversation.value?.name ?? "",
  number: conversation.value?.number ?? "",
  operator: me.value.name,
  centre: me.value.centre,
}));
