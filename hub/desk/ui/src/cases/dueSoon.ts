/** Cases whose answer is due within days, or late: beside the promises that are. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { CaseOut } from "@/api/types";
import { may } from "@/sign_in/session";
import { store, storeRequest, onForget } from "@/ui/stores";

export const dueSoon = store<{ cases: CaseOut[]; problem: string }>(() => ({ cases: [], problem: "" }));

let open = false;
onForget(() => {
  open = false;
});
const latestRequest = storeRequest();

const ask = (): Promise<void> =>
  latestRequest(
    api.cases({ view: "near", topic: "" }),
    ({ cases }) => void Object.assign(dueSoon, { cases, problem: "" }),
    (error) => void (dueSoon.problem = explain(error)),
  );

export async function enter(): Promise<void> {
  open = true;
  await renew();
}

export function leave(): void {
  open = false;
}

/** After every (re)connection, and when the list is opened. */
export async function renew(): Promise<void> {
  if (open && may("work_cases")) await ask();
}

/** A case has changed, or how many of them are near. */
export function invalidate(): void {
  if (open && may("work_cases")) latestRequest.again(ask);
}
