/** Where services are received: what a place is chosen from. Asked for once, when somebody first needs it. */

import { explain } from "@/ui/problems";
import * as actionsApi from "@/actions/api";
import type { PlacesOut } from "@/api/types";
import { toast } from "@/ui/toasts";
import { storeRef } from "@/ui/stores";

export const places = storeRef<PlacesOut | null>(null);

export async function loadPlaces(): Promise<void> {
  if (places.value !== null) return;
  try {
    places.value = await actionsApi.places();
  } catch (error) {
    toast(explain(error), { tone: "bad" });
  }
}
