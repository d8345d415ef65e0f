/** Recommendations out of complaints: the list, the one that is read, and what becomes of it. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { ComplaintFilters, RecommendationState, RecommendationDetailsOut, RecommendationIn, RecommendationOut, RevisionOut } from "@/api/types";
import { toast } from "@/ui/toasts";
import { may } from "@/sign_in/session";
import { store, storeRequest, onForget } from "@/ui/stores";

export const list = store<{ rows: RecommendationOut[] | null; problem: string }>(() => ({ rows: null, problem: "" }));
export const reading = store<{ id: string; details: RecommendationDetailsOut | null; problem: string }>(() => ({ id: "", details: null, problem: "" }));
let open = false;
onForget(() => {
  open = false;
});
const [askingList, askingOne] = [storeRequest(), storeRequest()];

export async function enter(): Promise<void> {
  open = true;
  await renew();
}

export function leave(): void {
  open = false;
}

/** After every (re)connection, and with each that the live line tells of. */
export async function renew(): Promise<void> {
  if (!open || !may("advise")) return;
  await askingList(
    api.recommendations(),
    (rows) => void Object.assign(list, { rows, problem: "" }),
    (error) => {
      list.problem = explain(error);
    },
  );
}

export async function read(id: string): Promise<void> {
  if (reading.id !== id) Object.assign(reading, { id, details: null, problem: "" });
  if (id === "") askingOne.drop();
  else await reload();
}

const reload = (): Promise<void> =>
  askingOne(
    api.recommendation(reading.id),
    (details) => void Object.assign(reading, { details, problem: "" }),
    (error) => {
      reading.problem = explain(error);
    },
  );

export function onRecommendationChanged(id: string): void {
  askingList.again(renew);
  if (open && reading.id === id) askingOne.again(reload);
}

export const draft = (selection: ComplaintFilters, wording: RecommendationIn): Promise<string> => trying(() => api.draftRecommendation(selection, wording));
export const revise = (id: string, wording: RecommendationIn): Promise<string> => trying(() => api.reviseRecommendation(id, wording));
export const move = (id: string, state: RecommendationState, why: string): Promise<string> => trying(() => api.moveRecommendation(id, state, why));

/** Its id; "" where it was refused. */
async function trying(ask: () => Promise<RecommendationDetailsOut>): Promise<string> {
  try {
    const details = await ask();
    const { id } = details.recommendation;
    if (reading.id === id) {
      // What was asked for before is older, and what is told meanwhile is asked for again.
      if (askingOne.waits()) askingOne.again(reload);
      Object.assign(reading, { details, problem: "" });
    }
    await renew();
    return id;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return "";
  }
}

export const TONES: Record<RecommendationState, "" | "accent" | "good" | "warn" | "bad"> = {
  draft: "", approved: "accent", sent: "warn", accepted: "accent", rejected: "bad", done: "good",
};

export interface Change {
  field: "title" | "addressee" | "cause" | "proposal" | "complaints" | "late";
  was: string;
  is: string;
}

const told = ({ title, addressee, cause, proposal, complaints, late }: RevisionOut): Record<Change["field"], string> => ({
  title, addressee: addressee?.name ?? "", cause, proposal, complaints: String(complaints), late: String(late),
});

/** What one edition has changed of the one before it. */
export function changes(before: RevisionOut, after: RevisionOut): Change[] {
  const [was, is] = [told(before), told(after)];
  return (Object.keys(is) as Change["field"][]).filter((field) => was[field] !== is[field]).map((field) => ({ field, was: was[field], is: is[field] }));
}

const WEEK_DAYS = 7;

/** Complaints a week: periods of different length are compared so. */
export const weekly = (complaints: number, days: number): number => (days === 0 ? 0 : (complaints / days) * WEEK_DAYS);
