/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { AccountIn, OperatorIn } from "@/api/types";


export const access = () => get("/api/access");
export const operatorAccess = (login: string) => get("/api/operators/{login}/access", { login });
export const colleagues = () => get("/api/colleagues");
export const operators = () => get("/api/operators");
export const addOperator = (who: OperatorIn) => post("/api/operators", {}, who);
export const changeOperator = (login: string, account: AccountIn) => put("/api/operators/{login}", { login }, account);
export const resetOperator = (login: string) => post("/api/operators/{login}/reset", { login });
export const deactivateOperator = (login: string) => post("/api/operators/{login}/deactivate", { login });
export const services = () => get("/api/services");
export const takeService = (name: string) => post("/api/services/{service}/take", { service: name });
export const revokeService = (name: string) => del("/api/services/{service}", { service: name });
export const audit = (before?: string) => get("/api/audit", { before });
export const ACCESS_TABLE = address("/api/access.csv");
