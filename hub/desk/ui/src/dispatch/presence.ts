/** Whether this operator can be reached, and what he wishes it to be when the line comes back. */

import * as signInApi from "@/sign_in/api";
import type { Presence } from "@/api/types";
import { adopt, isSignedIn, may, me } from "@/sign_in/session";
import { storeRef, storeRequest } from "@/ui/stores";

const WISH = "okno.presence";

export const PRESENCES: readonly Presence[] = ["ready", "busy", "wrap_up", "break", "offline"];
export const changing = storeRef<Presence | null>(null);
const latestRequest = storeRequest();

export async function setPresence(presence: Presence): Promise<void> {
  changing.value = presence;
  sessionStorage.setItem(WISH, presence);
  await latestRequest(
    signInApi.setPresence(presence),
    (who) => {
      changing.value = null;
      // Whoever has left meanwhile is not let in again by it.
      if (isSignedIn() && who.login === me.value.login) adopt(who);
    },
    (error) => {
      changing.value = null;
      throw error;
    },
  );
}

/** After the line was lost the hub may have set the operator offline; he did not ask for that. */
export async function renewPresence(hubs: Presence, until: string | null): Promise<void> {
  if (!may("serve")) return;
  // Whoever sat here before may have left in the middle of a change.
  changing.value = null;
  const wish = sessionStorage.getItem(WISH) as Presence | null;
  if (wish === null || wish === hubs) onPresenceChanged(hubs, until);
  else await setPresence(wish);
}

/** The hub set it: after an expired offer he is on a break, and must not be made ready again by the next reconnection. */
export function onPresenceChanged(presence: Presence, until: string | null): void {
  if (sessionStorage.getItem(WISH) !== null) sessionStorage.setItem(WISH, presence);
  adopt({ ...me.value, presence, presence_until: until });
}
