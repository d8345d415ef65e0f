/** Which screens a set of permissions opens. */

import { SCREENS, type Screen } from "@/shell/screens";

export const screensOf = (permissions: readonly string[]): string[] =>
  (SCREENS as readonly Screen[])
    .filter(({ permission }) => permission !== "anybody" && (typeof permission === "string" ? [permission] : permission).some((each) => permissions.includes(each)))
    .map(({ name }) => name);

/** The screens that one permission opens, or helps to open. */
export const openedBy = (permission: string): string[] => screensOf([permission]);
