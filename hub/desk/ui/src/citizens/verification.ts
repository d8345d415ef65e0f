/** What is proved of a citizen as of now: the hub says until when, and it may be over on a screen that nothing has told so. */

import type { VerificationOut } from "@/api/types";
import { now } from "@/ui/now";

export interface CurrentVerification {
  level: VerificationOut["level"];
  mayTell: VerificationOut["may_tell"];
  until: number;
}

const NOTHING: CurrentVerification = { level: "nothing", mayTell: ["general"], until: 0 };

export function currentVerification({ level, may_tell: mayTell, until }: VerificationOut): CurrentVerification {
  return until !== null && now.value < Date.parse(until) ? { level, mayTell, until: Date.parse(until) } : NOTHING;
}
