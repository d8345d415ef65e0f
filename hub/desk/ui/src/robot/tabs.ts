/** The tabs of the robot's screen, in their order: each is a part of its own, loaded when it is first looked at. */

import type { ru } from "@/words/ru";
import { type Component, defineAsyncComponent } from "vue";

export interface Tab {
  /** Its words are `robot.tab.<name>`, its address `#/robot/<name>`. */
  name: keyof typeof ru.robot.tab;
  /** Gets what is chosen in it as `item`, "" for nothing. */
  part: Component;
}

export const TABS: readonly [Tab, ...Tab[]] = [
  { name: "versions", part: defineAsyncComponent(() => import("./Versions.vue")) },
  { name: "draft", part: defineAsyncComponent(() => import("./Draft.vue")) },
  { name: "dialogue", part: defineAsyncComponent(() => import("./Dialogue.vue")) },
];

/** The first one, where an address names none. */
export const tabOf = (name: string): Tab => TABS.find((tab) => tab.name === name) ?? TABS[0];
