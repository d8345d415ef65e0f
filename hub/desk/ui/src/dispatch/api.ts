/** What this room asks of the hub. */

import { post } from "@/api/client";
import type { LoanIn } from "@/api/types";

export const previewLoan = (what: LoanIn) => post("/api/floor/loans/outlook", {}, what);
export const lend = (what: LoanIn) => post("/api/floor/loans", {}, what);
export const endLoans = (logins: string[]) => post("/api/floor/loans/end", {}, { logins });
