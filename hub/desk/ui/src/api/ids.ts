/** Ids are decimal numbers too big for JavaScript, so they are compared as strings: the longer one is the greater. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function laterId(a: string, b: string): string {
  return compareIds(a, b) >= 0 ? a : b;
}
