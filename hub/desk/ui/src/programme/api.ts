/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { ServiceAdviceIn, ServiceBy, SheetName, TemplateIn, TemplateKind, VisitsFileIn } from "@/api/types";
import type { SheetRow } from "./sheets";

export interface ServicesFilters {
  since: string;
  until: string;
  by: ServiceBy;
}

export interface EffectPeriod {
  since: string;
  until: string;
}

export const coverage = (day: string) => get("/api/programme/coverage", { day });
export const services = (wish: ServicesFilters) => get("/api/programme/services", wish);
export const recommendService = (body: ServiceAdviceIn) => post("/api/programme/services/recommendations", {}, body);
export const effect = (period: EffectPeriod) => get("/api/programme/effect", period);
export const effectFile = (period: EffectPeriod) => address("/api/programme/effect/file", period);
export const visits = () => get("/api/programme/visits");
export const takeVisits = (body: VisitsFileIn) => post("/api/programme/visits", {}, body);
export const visitsFile = () => address("/api/programme/visits/file");
export const sheet = (name: SheetName) => get("/api/programme/sheets/{sheet}", { sheet: name });
export const changes = (name: SheetName) => get("/api/programme/sheets/{sheet}/changes", { sheet: name });
export const putRow = (name: SheetName, version: number, row: SheetRow) => put("/api/programme/sheets/{sheet}/rows/{row}", { sheet: name, row: row.id }, { version, row });
export const dropRow = (name: SheetName, version: number, row: string) => del("/api/programme/sheets/{sheet}/rows/{row}", { sheet: name, row, version });
export const sheetFile = (name: SheetName) => address("/api/programme/sheets/{sheet}/file", { sheet: name });
export const gates = () => get("/api/programme/gates");
export const signGate = (gate: string, note: string) => post("/api/programme/gates/{gate}/protocols", { gate }, { note });
export const protocolFile = (protocol: string, form: "csv" | "docx" | "pdf") => address("/api/programme/gate-protocols/{protocol}/file", { protocol, form });
export const campaigns = () => get("/api/programme/campaigns");
export const templates = () => get("/api/programme/templates");
export const writeTemplate = (template: TemplateKind, body: TemplateIn) => put("/api/programme/templates/{template}", { template }, body);
export const approveTemplate = (template: TemplateKind, version: number) => post("/api/programme/templates/{template}/approve", { template }, { version });
export const templateFile = (template: TemplateKind, centre: string, form: "docx" | "pdf") => address("/api/programme/templates/{template}/file", { template, centre, form });
export const funding = () => get("/api/programme/funding");
export const councilPack = (meeting: string, form: "docx" | "pdf") => address("/api/programme/council/pack", { meeting, form });
