/** Pushes to this browser while no desk of the operator is seen: for which kinds, and when not. */

import * as api from "./api";
import type { PushKind, PushOut } from "@/api/types";
import { store } from "@/ui/stores";

export const push = store<PushOut>(() => ({ key: "", on: false, kinds: [], quiet_from: 0, quiet_until: 0 }));

/** Not without HTTPS. */
const isSupported = "serviceWorker" in navigator && "PushManager" in globalThis;
export const isOffered = (): boolean => isSupported && push.key !== "";

export async function load(): Promise<void> {
  Object.assign(push, await api.push());
}

/** False where the browser does not allow it. With no kind left nothing is pushed here at all. */
export async function choose(kinds: PushKind[], quietFrom: number, quietUntil: number): Promise<boolean> {
  if (kinds.length === 0) {
    await api.unsubscribe();
  } else {
    if ((await Notification.requestPermission()) !== "granted") return false;
    const made = await subscription();
    if (made === null) return false;
    const { endpoint, keys } = made.toJSON();
    await api.subscribe({ endpoint: endpoint ?? "", p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "", kinds, quiet_from: quietFrom, quiet_until: quietUntil });
  }
  await load();
  return true;
}

/** This browser's; one that is not known to the hub was somebody else's, and is given up. Null where the browser cannot: its push service is away. */
async function subscription(): Promise<PushSubscription | null> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const had = await pushManager.getSubscription();
  if (had !== null && push.on) return had;
  try {
    await had?.unsubscribe();
    return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: push.key });
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
