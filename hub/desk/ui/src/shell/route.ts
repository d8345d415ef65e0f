/** Where the desk is, written after `#` in the address: it survives a reload and needs nothing of the server. */

import { VIEWS, type View } from "@/conversations/views";
import { type ScreenRoute, routeTo, screenOf } from "./screens";
import { shallowRef } from "vue";

export type Route = { screen: "inbox"; view: View; id: string; item?: string } | ScreenRoute;

export function parse(hash: string): Route | null {
  const [screen = "", ...given] = hash.replace(/^#\/?/u, "").split("/").map(decoded);
  const row = screenOf(screen);
  if (row !== undefined) return routeTo(row.name, given);
  const view = VIEWS.find((each) => each === given[0]);
  // `item` is the message that a link leads to.
  return screen === "inbox" && view !== undefined ? { screen, view, id: given[1] ?? "", ...(given[2] ? { item: given[2] } : {}) } : null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

export function address(to: Route): string {
  const { screen, view, id, item } = to as Partial<Record<string, string>>;
  return `#/${[screen, view, id, item].flatMap((part) => (part ? [encodeURIComponent(part)] : [])).join("/")}`;
}

export const route = shallowRef<Route | null>(parse(location.hash));

export function go(to: Route): void {
  location.hash = address(to);
  route.value = to;
}

/** What is done here may lead on once the hub has answered: not whoever has gone elsewhere meanwhile. */
export function fromHere(): (to: Route) => void {
  const here = location.hash;
  return (to) => {
    if (location.hash === here) go(to);
  };
}

export function followAddress(): void {
  addEventListener("hashchange", () => {
    route.value = parse(location.hash);
  });
}
