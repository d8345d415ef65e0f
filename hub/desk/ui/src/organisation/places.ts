/** Where services are received: what a place is chosen from. Asked for once, when somebody first needs it. */

import * as hub from "@/api/hub";
import type { PlacesOut } from "@/api/types";
import { explain } from "@/actions/conversationCommands";
import { show } from "@/ui/toasts";
import { shallowRef } from "vue";

export const places = shallowRef<PlacesOut | null>(null);

export async function loadPlaces(): Promise<void> {
  if (places.value !== null) return;
  try {
    places.value = await hub.places();
  } catch (error) {
    show(explain(error), { tone: "bad" });
  }
}
