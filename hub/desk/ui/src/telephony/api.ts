/** What this room asks of the hub. */

import { get, post } from "@/api/client";
import type { ArrangeIn, ConsultIn, ListenIn } from "@/api/types";

export const trunks = () => get("/api/trunks");
export const refusedCalls = (days: number) => get("/api/refused-calls", { days });
export const callBackRefused = (key: string) => post("/api/refused-calls/{key}/call-back", { key });
export const phone = () => get("/api/phone");
export const consult = (id: string, whom: ConsultIn) => post("/api/conversations/{conversation}/consult", { conversation: id }, whom);
export const arrange = (id: string, how: ArrangeIn) => post("/api/conversations/{conversation}/company", { conversation: id }, how);
export const listen = (id: string, how: ListenIn) => post("/api/conversations/{conversation}/listen", { conversation: id }, how);
export const askSenior = (id: string, asked: boolean) => post("/api/conversations/{conversation}/senior", { conversation: id }, { asked });
