/** Shortcuts by the place of the key, not by its letter: with a Russian layout KeyJ types «о» and must still mean "next". */

export interface Stroke {
  code: string;
  ctrl?: boolean;
  shift?: boolean;
}

type Pressed = Pick<KeyboardEvent, "code" | "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

export function matchesStroke(stroke: Stroke, event: Pressed, alt = false): boolean {
  if (event.altKey !== alt) return false;
  const ctrl = event.ctrlKey || event.metaKey;
  if (ctrl !== Boolean(stroke.ctrl)) return false;
  // «?» is where the layout has it: Shift+7 on a Russian one.
  if (event.key === "?") return asks(stroke);
  return event.code.replace("Numpad", "Digit") === stroke.code && event.shiftKey === Boolean(stroke.shift);
}

/** Whether it is the stroke of «?», wherever the layout has it. */
function asks({ code, shift }: Stroke): boolean {
  return code === "Slash" && shift === true;
}

/** WCAG 2.1.4 is about these: no Ctrl, and no key of its own row. */
export const isCharacter = ({ code, ctrl }: Stroke): boolean => !ctrl && !/^F\d$/u.test(code);

export const isSameStroke = (one: Stroke | undefined, other: Stroke | undefined): boolean =>
  one !== undefined && other !== undefined && one.code === other.code && Boolean(one.ctrl) === Boolean(other.ctrl) && Boolean(one.shift) === Boolean(other.shift);

/** What is pressed, as a stroke; null while nothing but Shift or Ctrl is, and for what Alt is held with: on many layouts that writes a sign. */
export function strokeFrom(event: Pressed): Stroke | null {
  if (event.altKey || /^(?:Shift|Control|Meta|Alt|OS)/u.test(event.code)) return null;
  if (event.key === "?") return { code: "Slash", shift: true };
  const ctrl = event.ctrlKey || event.metaKey;
  return { code: event.code.replace("Numpad", "Digit"), ...(ctrl ? { ctrl } : {}), ...(event.shiftKey ? { shift: true } : {}) };
}

const USABLE = /^(?:Key[A-Z]|Digit\d|Slash|Backslash|Period|Comma|Semicolon|Quote|Backquote|BracketLeft|BracketRight|Minus|Equal|F[12489])$/u;
/** What browsers keep to themselves, and what every text field knows. */
const WITH_CTRL = /^(?:Key[ACDFHJLNOPRSTUVWXYZ]|Digit\d|Minus|Equal|F\d)$/u;
const WITH_CTRL_AND_SHIFT = /^(?:Key[BCDIJNOPQRTVW]|Digit\d|Minus|Equal|F\d)$/u;

/** Why a key cannot be given to anything; "" where it can. */
export function rejectionOf({ code, ctrl, shift }: Stroke): "" | "unusable" | "browser" | "answers" {
  if (!USABLE.test(code)) return "unusable";
  if (ctrl && (shift ? WITH_CTRL_AND_SHIFT : WITH_CTRL).test(code)) return "browser";
  return !ctrl && !shift && /^Digit[1-9]$/u.test(code) ? "answers" : "";
}

const SIGNS: Readonly<Record<string, string>> = {
  Slash: "/", Backslash: "\\", Period: ".", Comma: ",", Semicolon: ";", Quote: "'", Backquote: "`", BracketLeft: "[", BracketRight: "]", Minus: "-", Equal: "=",
};
const SIGN = /^(?:Key|Digit)([A-Z0-9])$/u;

/** How a stroke is drawn on screen. */
export function keyCaps(stroke: Stroke): string[] {
  if (asks(stroke)) return ["?"];
  const cap = SIGNS[stroke.code] ?? SIGN.exec(stroke.code)?.[1] ?? stroke.code;
  return [...(stroke.ctrl ? ["Ctrl"] : []), ...(stroke.shift ? ["Shift"] : []), cap];
}

const WRITTEN = "textarea, input:not([type='file'], [type='checkbox'], [type='radio'])";

/** Ctrl+Enter sends a form before the field that is being written in is left: what it takes when it is left it takes now. */
export function confirmField({ key, ctrlKey, metaKey, target }: KeyboardEvent): void {
  if (key === "Enter" && (ctrlKey || metaKey) && target instanceof Element && target.matches(WRITTEN)) target.dispatchEvent(new Event("change", { bubbles: true }));
}

const TYPES_INTO = "input:not([type='checkbox']), textarea, select, [contenteditable], [role='menu'], [role='dialog'], [role='alertdialog']";

/** Whether single letters belong to what has the focus. */
export function typing(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPES_INTO) !== null;
}
