/** What this room asks of the hub. */

import { get, post, put } from "@/api/client";
import type { RulesBackIn, RulesIn, RulesTryIn } from "@/api/types";

export const rules = () => get("/api/rules");
export const saveRules = (what: RulesIn) => put("/api/rules", {}, what);
export const revertRules = (what: RulesBackIn) => post("/api/rules/revert", {}, what);
export const trial = () => get("/api/rules/trial");
export const tryRules = (what: RulesTryIn) => post("/api/rules/trial", {}, what);
