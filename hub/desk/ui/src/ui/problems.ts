/** What the hub has refused, told to whoever has asked for it. */

import { Refused } from "@/api/request";
import { toast } from "./toasts";
import { words } from "@/words";

/** The hub's own words for a refusal, or ours when it could not even be reached. */
export function explain(error: unknown): string {
  if (!(error instanceof Refused)) throw error;
  const { t, te } = words.global;
  if (error.text) return error.text;
  return te(`problem.${error.code}`) ? t(`problem.${error.code}`) : t("problem.unknown");
}

/** Whether it went well; what was refused is said. */
export async function succeeds(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return false;
  }
}
