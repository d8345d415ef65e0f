/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { AccountIn, LimitIn, OperatorIn, RoleIn } from "@/api/types";


export const access = () => get("/api/access");
export const operatorAccess = (login: string) => get("/api/operators/{login}/access", { login });
export const colleagues = () => get("/api/colleagues");
export const operators = () => get("/api/operators");
export const addOperator = (who: OperatorIn) => post("/api/operators", {}, who);
export const changeOperator = (login: string, account: AccountIn) => put("/api/operators/{login}", { login }, account);
export const resetOperator = (login: string) => post("/api/operators/{login}/reset", { login });
export const deactivateOperator = (login: string) => post("/api/operators/{login}/deactivate", { login });
export const setLimits = (logins: readonly string[], limit: LimitIn) => post("/api/limits", {}, { logins: [...logins], limit });
export const ownRoles = () => get("/api/roles");
export const addRole = (role: RoleIn) => post("/api/roles", {}, role);
export const changeRole = (key: string, seen: number, role: RoleIn) => put("/api/roles/{role}", { role: key }, { ...role, seen });
export const approveRole = (key: string, seen: number) => post("/api/roles/{role}/approve", { role: key }, { seen });
export const discardRole = (key: string, seen: number) => post("/api/roles/{role}/discard", { role: key }, { seen });
export const restoreRole = (key: string, seen: number, version: number) => post("/api/roles/{role}/restore", { role: key }, { seen, version });
export const removeRole = (key: string) => del("/api/roles/{role}", { role: key });
export const services = () => get("/api/services");
export const takeService = (name: string) => post("/api/services/{service}/take", { service: name });
export const revokeService = (name: string) => del("/api/services/{service}", { service: name });
/** "" is any. */
export interface AuditFilter {
  by: string;
  what: string;
  since: string;
  until: string;
}
export const audit = ({ by, what, since, until }: AuditFilter, before?: string) =>
  get("/api/audit", { before, ...(by && { by }), ...(what && { what }), ...(since && { since }), ...(until && { until }) });
export const ACCESS_TABLE = address("/api/access.csv");
