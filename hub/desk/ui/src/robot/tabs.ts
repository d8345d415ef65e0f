/** The tabs of the robot's screen, in their order: each is a part of its own, loaded when it is first looked at. */

import type { Permission } from "@/api/types";
import { may } from "@/sign_in/session";
import type { ru } from "./words.ru";
import { type Component, defineAsyncComponent } from "vue";

export interface Tab {
  /** Its words are `robot.tab.<name>`, its address `#/robot/<name>`. */
  name: keyof typeof ru.robot.tab;
  /** Any of them is enough. */
  permission: readonly Permission[];
  /** Gets what is chosen in it as `item`, "" for nothing. */
  part: Component;
}

export const TABS: readonly [Tab, ...Tab[]] = [
  { name: "versions", permission: ["edit_dialogues", "approve"], part: defineAsyncComponent(() => import("./Versions.vue")) },
  { name: "draft", permission: ["edit_dialogues"], part: defineAsyncComponent(() => import("./Draft.vue")) },
  { name: "dialogue", permission: ["edit_dialogues"], part: defineAsyncComponent(() => import("./Dialogue.vue")) },
  { name: "phrases", permission: ["edit_dialogues"], part: defineAsyncComponent(() => import("./Phrases.vue")) },
  { name: "statistics", permission: ["edit_dialogues", "see_figures"], part: defineAsyncComponent(() => import("./Statistics.vue")) },
];

export const tabs = (): Tab[] => TABS.filter(({ permission }) => may(permission));

/** Where an address names none: the versions for those who edit dialogues, the statistics for those who see figures, else the first. */
export function tabOf(name: string): Tab {
  const chosen = name === "" && !may(["edit_dialogues"]) ? "statistics" : name;
  return tabs().find((tab) => tab.name === chosen) ?? tabs()[0] ?? TABS[0];
}
