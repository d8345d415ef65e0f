/** Which key does what at this desk: the usual ones, and what was chosen instead (WCAG 2.1.4). Kept in this browser. */

import { type Stroke, isCharacter, isSameStroke, keyCaps } from "./keys";
import { singleKeys } from "./preferences";
import { ref, watch } from "vue";

/** By the names of actions. */
const USUAL: Readonly<Record<string, Stroke>> = {
  next: { code: "KeyJ" },
  previous: { code: "KeyK" },
  reply: { code: "KeyR" },
  note: { code: "KeyN" },
  choose: { code: "KeyX" },
  transfer: { code: "KeyT" },
  pass: { code: "KeyT", shift: true },
  close: { code: "KeyE" },
  snooze: { code: "KeyM", shift: true },
  merge: { code: "KeyU" },
  enclose: { code: "KeyF", ctrl: true, shift: true },
  unsend: { code: "KeyZ", ctrl: true, shift: true },
  consult: { code: "KeyC" },
  back: { code: "KeyB" },
  together: { code: "KeyG" },
  handOver: { code: "KeyH", shift: true },
  senior: { code: "KeyS" },
  listen: { code: "KeyL" },
  script: { code: "KeyI" },
  rights: { code: "KeyV" },
  appeal: { code: "KeyF" },
  phrases: { code: "KeyO" },
  stepBack: { code: "KeyZ" },
  accept: { code: "KeyA" },
  reject: { code: "KeyD" },
  acknowledge: { code: "KeyA", shift: true },
  alarms: { code: "KeyL", shift: true },
  mute: { code: "KeyM" },
  hold: { code: "KeyH" },
  pad: { code: "KeyP" },
  hangUp: { code: "KeyX", shift: true },
  search: { code: "Slash" },
  commands: { code: "KeyK", ctrl: true },
  help: { code: "Slash", shift: true },
  guide: { code: "F1" },
};

const KEPT = "okno.keys";

/** null: no key at all. */
type Chosen = Record<string, Stroke | null>;

const chosen = ref<Chosen>(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Chosen);
watch(chosen, (keys) => localStorage.setItem(KEPT, JSON.stringify(keys)), { deep: true });

export function strokeOf(action: string): Stroke | undefined {
  const own = chosen.value[action];
  return own === undefined ? USUAL[action] : (own ?? undefined);
}

/** "" where it has none that works now. */
export function keyText(action: string): string {
  const stroke = strokeOf(action);
  return stroke && (!isCharacter(stroke) || singleKeys.value) ? keyCaps(stroke).join("+") : "";
}

/** Words of a button, with the key that it has now. */
export function withKey(words: string, action: string): string {
  const key = keyText(action);
  return key === "" ? words : `${words} (${key})`;
}

export const isChanged = (action: string): boolean => action in chosen.value;
export const anyChanged = (): boolean => Object.keys(chosen.value).length > 0;

/** The action that has a key already, if it is another one. */
export const actionWith = (stroke: Stroke, action: string): string | undefined =>
  [...new Set([...Object.keys(USUAL), ...Object.keys(chosen.value)])].find((other) => other !== action && isSameStroke(strokeOf(other), stroke));

/** Give an action another key, or none. Whether the key is free was asked before. */
export function assignKey(action: string, stroke: Stroke | null): void {
  const usual = USUAL[action];
  if (isSameStroke(usual, stroke ?? undefined)) delete chosen.value[action];
  else chosen.value[action] = stroke;
}

/** As it was; tells who has taken the key meanwhile, and then changes nothing. */
export function reset(action: string): string | undefined {
  const usual = USUAL[action];
  const taken = usual && actionWith(usual, action);
  if (taken === undefined) delete chosen.value[action];
  return taken;
}

export function resetAll(): void {
  chosen.value = {};
}
