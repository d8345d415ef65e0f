/** Which alarms this browser has rung for: once each, whatever is reloaded and however many tabs are open. */

const KEY = "okno.rung";
/** More never last at once. */
const KEPT = 200;

/** Those of them that were not rung for yet, and are from now on. */
export function notYetRung(ids: readonly string[]): string[] {
  const known = JSON.parse(localStorage.getItem(KEY) ?? "[]") as string[];
  const fresh = ids.filter((id) => !known.includes(id));
  if (fresh.length > 0) localStorage.setItem(KEY, JSON.stringify([...known, ...fresh].slice(-KEPT)));
  return fresh;
}
