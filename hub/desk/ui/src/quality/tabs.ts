/** The parts of the screen, and whom each is for. */

import { address } from "@/shell/route";
import { may } from "@/sign_in/session";

const TABS = [
  { name: "queue", permission: "score_talks" },
  { name: "own", permission: "see_own_scores" },
  { name: "figures", permission: "score_talks" },
  { name: "coaching", permission: "score_talks" },
  { name: "calibrations", permission: "score_talks" },
  { name: "plans", permission: "design_scorecards" },
  { name: "cards", permission: "score_talks" },
] as const;
export type QualityTab = (typeof TABS)[number]["name"];

export const tabs = (): QualityTab[] => TABS.filter(({ permission }) => may(permission)).map(({ name }) => name);
/** What the address names, or the first there is. */
export const tabOf = (id: string): QualityTab => tabs().find((name) => name === id) ?? tabs()[0] ?? "own";
export const to = (id: QualityTab, item = ""): string => address({ screen: "quality", id, item });
