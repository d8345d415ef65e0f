/** Where the desk is, written after `#` in the address: it survives a reload and needs nothing of the server. */

import type { View } from "@/api/hub";
import { shallowRef } from "vue";

export type Route =
  | { screen: "inbox"; view: View; id: string }
  | { screen: "archive"; id: string }
  | { screen: "articles"; id: string }
  | { screen: "announcements"; id: string }
  /** `id` is a ready reply, "+" a new one. */
  | { screen: "canned"; id: string }
  | { screen: "scripts"; id: string }
  | { screen: "notices"; id: string }
  | { screen: "cases"; id: string }
  /** `id` is an office, "" for the first. */
  | { screen: "appointments"; id: string }
  /** `id` is a topic, "+" a new one. */
  | { screen: "topics"; id: string }
  | { screen: "consents"; id: string }
  /** `id` is the tab, "" for the first, and `item` what is chosen there. */
  | { screen: "robot"; id: string; item: string }
  /** `id` is the tab, and `item` the card that is chosen there. */
  | { screen: "handbook"; id: string; item: string }
  /** `id` is the tab, and `item` the recommendation that is read, "+" a new one. */
  | { screen: "complaints"; id: string; item: string }
  /** `id` is what is chosen: a survey or a questionnaire; `item` its key, "+" a new one. */
  | { screen: "surveys"; id: string; item: string }
  /** `id` is the tab, and `item` what is read there. */
  | { screen: "quality"; id: string; item: string }
  /** `id` is the tab, "" for the first, and `item` there an account by its login, or `role:` and a role. */
  | { screen: "operators"; id: string; item: string }
  /** `id` is the tab, "" for the first. */
  | { screen: "settings"; id: string }
  /** `id` is the day, "" for today. */
  | { screen: "figures"; id: string }
  /** `id` is "wall" for the whole screen, and `item` the group of lines that is shown, "" for the widest. */
  | { screen: "floor"; id: string; item: string }
  /** `id` is the tab, "" for the first. */
  | { screen: "reports"; id: string }
  | { screen: "channels" | "sifting" | "systems" | "demands" | "audit" | "password" | "security" };

const VIEWS: ReadonlySet<string> = new Set(["mine", "mentions", "waiting", "snoozed", "promised", "risk", "away", "held", "recent"]);

export function parse(hash: string): Route | null {
  const [screen = "", second = "", third = ""] = hash.replace(/^#\/?/u, "").split("/").map(decoded);
  switch (screen) {
    case "inbox":
      return VIEWS.has(second) ? { screen, view: second as View, id: third } : null;
    case "archive":
    case "articles":
    case "announcements":
    case "canned":
    case "scripts":
    case "notices":
    case "cases":
    case "appointments":
    case "topics":
    case "consents":
    case "settings":
    case "figures":
    case "reports":
      return { screen, id: second };
    case "robot":
    case "handbook":
    case "complaints":
    case "surveys":
    case "floor":
    case "quality":
    case "operators":
      return { screen, id: second, item: third };
    case "channels":
    case "sifting":
    case "systems":
    case "demands":
    case "audit":
    case "password":
    case "security":
      return { screen };
    default:
      return null;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

export function address(route: Route): string {
  return `#/${[route.screen, ...rest(route).filter(Boolean).map(encodeURIComponent)].join("/")}`;
}

function rest(route: Route): string[] {
  if (route.screen === "inbox") return [route.view, route.id];
  if ("item" in route) return [route.id, route.item];
  return "id" in route ? [route.id] : [];
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
