/** Where the case that is read was sent, whether it came, and whom it may go to. */

import { explain, succeeds } from "@/ui/problems";
import * as api from "./api";
import type { ReferIn, ReferralOut, ReferralsOut } from "@/api/types";
import * as cases from "./cases";
import { announce, toast } from "@/ui/toasts";
import { words } from "@/words";
import { store, storeRequest } from "@/ui/stores";

export const sent = store<{ number: string; found: ReferralsOut | null }>(() => ({ number: "", found: null }));
const latestRequest = storeRequest();

export async function load(number: string): Promise<void> {
  if (sent.number !== number) Object.assign(sent, { number, found: null });
  await latestRequest(
    api.referrals(number),
    (found) => {
      sent.found = found;
    },
    (error) => toast(explain(error), { tone: "bad" }),
  );
}

/** The case has a step more by it. */
export const refer = (number: string, to: ReferIn): Promise<boolean> =>
  succeeds(async () => {
    cases.updateCase(await api.refer(number, to));
    if (cases.reading.number === number) await Promise.all([cases.read(number), load(number)]);
  });

export const recordReceipt = ({ case: number, place }: ReferralOut, receipt: string): Promise<boolean> =>
  succeeds(async () => {
    await api.recordReceipt(number, place, receipt);
    if (sent.number === number) await load(number);
  });

/** No receipt has come, or it could not be carried: the leaders hear of it. */
export function announceAlarm(number: string, failed: boolean): void {
  const text = words.global.t(failed ? "referrals.alarmFailed" : "referrals.alarmLate", { number });
  toast(text, { tone: "bad" });
  announce(text);
}

export const isPending = ({ state, superseded }: ReferralOut): boolean => state !== "received" && superseded === null;

/** Red is for what nobody may wait for any longer. */
export function tone({ state, overdue, superseded }: ReferralOut): "good" | "warn" | "bad" | "" {
  if (state === "received") return "good";
  if (superseded !== null) return "";
  return overdue || state === "failed" ? "bad" : "warn";
}
