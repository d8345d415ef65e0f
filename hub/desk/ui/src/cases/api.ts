/** What this room asks of the hub. */

import { address, get, post, put } from "@/api/client";
import type { CardKind, CaseColumn, CaseIn, CaseKind, CaseQuery, ComplaintFilters, MatterIn, RecommendationIn, RecommendationState, ReferIn, ReportBy, StepIn, TopicNode } from "@/api/types";

/** Days, both included; `version` of the tree of topics, "" for the newest. */
export type ReportFilters = { since: string; until: string; by: ReportBy; version: string };

export const casesOf = (id: string) => get("/api/conversations/{conversation}/cases", { conversation: id });
export const registerCase = (id: string, draft: CaseIn) => post("/api/conversations/{conversation}/cases", { conversation: id }, draft);
export const similarCases = (id: string, to: { topic: string; text: string }) =>
  post("/api/conversations/{conversation}/similar", { conversation: id }, to);
export const legalTerms = (id: string, { kind, service, refusal, shown }: { kind: CaseKind; service: string; refusal: boolean; shown: boolean }) =>
  get("/api/conversations/{conversation}/ruling", { conversation: id, kind, service, refusal, shown });
export const attachCase = (id: string, number: string, attached: boolean) =>
  put("/api/conversations/{conversation}/cases/{case}", { conversation: id, case: number }, { attached });
export const cases = ({ view, topic, after }: CaseQuery) => get("/api/cases", { view, topic, after });
export const correctCase = (number: string, matter: MatterIn) => put("/api/cases/{case}/matter", { case: number }, matter);
export const referrals = (number: string) => get("/api/cases/{case}/referrals", { case: number });
export const awaitedReferrals = () => get("/api/referrals");
export const refer = (number: string, to: ReferIn) => post("/api/cases/{case}/referrals", { case: number }, to);
export const recordReceipt = (number: string, place: string, receipt: string) =>
  post("/api/cases/{case}/referrals/{place}/receipt", { case: number, place }, { receipt });
export const complaints = (wish: ComplaintFilters) => get("/api/complaints", wish);
/** Those of a row, or with no table all of them. */
export const drillDownComplaints = (wish: ComplaintFilters, table: string, key: string, after: string) =>
  get("/api/complaints/cases", { ...wish, table, key, after });
export const recommendations = () => get("/api/recommendations");
export const recommendation = (id: string) => get("/api/recommendations/{recommendation}", { recommendation: id });
export const draftRecommendation = (selection: ComplaintFilters, wording: RecommendationIn) =>
  post("/api/recommendations", {}, { selection: { ...selection, version: 0 }, ...wording });
export const reviseRecommendation = (id: string, wording: RecommendationIn) =>
  put("/api/recommendations/{recommendation}", { recommendation: id }, wording);
export const moveRecommendation = (id: string, state: RecommendationState, why: string) =>
  post("/api/recommendations/{recommendation}/moves", { recommendation: id }, { state, why });
export const recommendationFile = (id: string, form: "docx" | "pdf") =>
  address("/api/recommendations/{recommendation}/file", { recommendation: id, form });
export const pastTerm = () => get("/api/past-term");
export const caseTerms = () => get("/api/cases/terms");
export const caseOf = (number: string) => get("/api/cases/{case}", { case: number });
export const stepCase = (number: string, step: StepIn) => post("/api/cases/{case}/steps", { case: number }, step);
export const similarToCase = (number: string) => get("/api/cases/{case}/similar", { case: number });
export const linkCase = (number: string, series: string) => put("/api/cases/{case}/series", { case: number }, { series });
export const newCode = (number: string, shown: string) => post("/api/cases/{case}/code", { case: number }, { shown });
export const caseReport = (wish: ReportFilters) => get("/api/case-reports", wish);
export const caseReportFile = (wish: ReportFilters, form: "csv" | "xlsx" | "json") => address("/api/case-reports/file", { ...wish, form });
/** The cases of one row, or of all rows where it is null. */
export const drillDownCases = (wish: ReportFilters, key: string | null, column: CaseColumn, after: string) =>
  get("/api/case-reports/cases", { ...wish, key: key ?? "", whole: key === null, column, after });
export const topics = (version: string) => get("/api/topics", { version });
export const putTopics = (version: number, nodes: TopicNode[]) => put("/api/topics", {}, { version, topics: nodes });
export const reclassifyCase = (number: string, topic: string) => put("/api/cases/{case}/topic", { case: number }, { topic });
export const accessLog = (id: string) => get("/api/conversations/{conversation}/rights/looks", { conversation: id });
export const reportOutdated = (sort: CardKind, id: string, field: string, evidence: string) =>
  post("/api/handbook/{sort}/{card}/outdated", { sort, card: id }, { field, evidence });
export const outdated = () => get("/api/outdated");
export const sendOutdated = (number: string) => post("/api/outdated/{case}/send", { case: number });
export const answerOutdated = (number: string, answer: string, value: unknown) =>
  post("/api/outdated/{case}/answer", { case: number }, { answer, value });
export const acknowledgeOutdated = (number: string) => post("/api/outdated/{case}/seen", { case: number });
export const confirmOutdated = (number: string, answer: string) => post("/api/outdated/{case}/confirm", { case: number }, { answer });
