/** How this browser likes its desk: nothing here says anything about a person. */

import { type Ref, ref, watch } from "vue";

function kept(name: string, otherwise: boolean): Ref<boolean> {
  const key = `okno.${name}`;
  const value = ref(localStorage.getItem(key) === null ? otherwise : localStorage.getItem(key) === "yes");
  watch(value, (yes) => localStorage.setItem(key, yes ? "yes" : "no"));
  return value;
}

export const enterSends = kept("enter-sends", false);
/** WCAG 2.1.4: shortcuts of a single character can be turned off. */
export const singleKeys = kept("single-keys", true);
export const notify = kept("notify", false);
export const showDetails = kept("show-details", true);
