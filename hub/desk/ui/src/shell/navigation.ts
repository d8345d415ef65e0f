/** Where whoever is signed in may go. */

import { type View, viewsOf } from "@/conversations/views";
import type { Route } from "./route";
import { may, me } from "@/sign_in/session";
import { type RailScreen, type Screen, inRail, routeTo, screenOf } from "./screens";

export interface Destination {
  /** A view of the inbox, or a screen. */
  name: View | RailScreen["name"];
  part: "talks" | "work" | "watch" | "know" | "order";
  words: string;
  route: Route;
}

const inbox = (view: View): Destination => ({ name: view, part: "talks", words: `view.${view}`, route: { screen: "inbox", view, id: "" } });

/** What the rail and the commands lead to. */
export const destinations = (): Destination[] => [
  ...viewsOf(me.value).map(inbox),
  ...inRail().filter(({ permission }) => may(permission)).map(({ name, part }): Destination => ({ name, part, words: `screen.${name}`, route: routeTo(name) })),
];

export function permitted(to: Route | null): boolean {
  if (to === null) return false;
  if (to.screen === "inbox") return viewsOf(me.value).includes(to.view);
  const permission = screenOf(to.screen)?.permission ?? [];
  return permission === "anybody" || may(permission);
}

/** Where one begins. */
export function home(): Route {
  const view = viewsOf(me.value)[0];
  if (view !== undefined) return inbox(view).route;
  return may("read_knowledge") ? routeTo("articles") : routeTo("floor", ["wall"]);
}

export const titleOf = (at: Route): string => (at.screen === "inbox" ? `view.${at.view}` : `screen.${at.screen}`);

/** Whether it is the one that is open, whatever is chosen in it. */
export const isAt = (at: Route | null, { route }: Destination): boolean =>
  at?.screen === route.screen && (at.screen !== "inbox" || route.screen !== "inbox" || at.view === route.view);

/** What a screen is given of its address. */
export function chosenIn(at: Route): { id?: string; item?: string } {
  const { screen: _, ...chosen } = at;
  return chosen;
}

/** Whether it is shown without the rail. */
export function fillsWindow(at: Route): boolean {
  const row: Screen | undefined = screenOf(at.screen);
  return row?.alone?.includes(chosenIn(at).id ?? "") ?? false;
}
