/** Operators are lent to other lines for a time, and given back. */

import { succeeds } from "@/ui/problems";
import * as api from "./api";
import type { LoanIn, LoansOut } from "@/api/types";
import { toast } from "@/ui/toasts";
import { words } from "@/words";

/** `changed` is called once more when it was undone. */
export async function lend(wish: LoanIn, changed: () => void): Promise<void> {
  const { t } = words.global;
  const outcome = await api.lend(wish);
  const undo = (): void => void giveBack(outcome.done).then(changed);
  if (outcome.done.length > 0) toast(t("lend.done", outcome.done.length), { undo });
  reportRefused(outcome);
}

export const giveBack = (logins: string[]): Promise<boolean> =>
  succeeds(async () => {
    const { t } = words.global;
    const outcome = await api.endLoans(logins);
    if (outcome.done.length > 0) toast(t("lend.back", outcome.done.length));
    reportRefused(outcome);
  });

function reportRefused({ refused }: LoansOut): void {
  for (const { name, text } of refused) toast(`${name}: ${text}`, { tone: "bad" });
}
