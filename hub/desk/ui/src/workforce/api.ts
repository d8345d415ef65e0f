/** What this room asks of the hub. */

import { address, get, post, put } from "@/api/client";
import type { AbsenceIn, RosterIn, SwapIn } from "@/api/types";

export interface ForecastChoice {
  centre: string;
  channel: string;
  topic: string;
  day: string;
}

export const choices = () => get("/api/workforce/choices");
export const forecast = ({ day, ...parts }: ForecastChoice) => get("/api/workforce/forecast", { ...parts, ...(day === "" ? {} : { day }) });

const now = (): string => Date.now().toString(36);

export const whatIf = ({ day, ...parts }: ForecastChoice, absent: number) => get("/api/workforce/what-if", { ...parts, absent, ...(day === "" ? {} : { day }) });
export const rosters = () => get("/api/workforce/rosters");
export const roster = (key: string) => get("/api/workforce/rosters/{roster}", { roster: key });
export const makeRoster = (made: RosterIn) => put("/api/workforce/rosters/{roster}", { roster: `roster-${now()}` }, made);
export const publishRoster = (key: string) => post("/api/workforce/rosters/{roster}/publish", { roster: key });
export const coverage = () => get("/api/workforce/coverage");
export const absences = () => get("/api/workforce/absences");
export const decide = (absence: string, grant: boolean) => post("/api/workforce/absences/{absence}", { absence }, { grant });
export const ownShifts = () => get("/api/own-shifts");
export const calendar = () => address("/api/own-shifts/file");
export const propose = (made: SwapIn) => put("/api/own-swaps/{swap}", { swap: `swap-${now()}` }, made);
export const answerSwap = (swap: string, agree: boolean) => post("/api/own-swaps/{swap}", { swap }, { agree });
export const ask = (made: AbsenceIn) => put("/api/own-absences/{absence}", { absence: `absence-${now()}` }, made);
