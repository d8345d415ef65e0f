/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { AbsenceIn, ExcuseIn, RosterIn, SwapIn } from "@/api/types";

export interface ForecastChoice {
  centre: string;
  channel: string;
  topic: string;
  day: string;
}

export const choices = () => get("/api/workforce/choices");
export const forecast = ({ day, ...parts }: ForecastChoice) => get("/api/workforce/forecast", { ...parts, ...(day === "" ? {} : { day }) });

export const intraday = (centre: string, channel: string) => get("/api/workforce/intraday", { centre, channel });

const now = (): string => Date.now().toString(36);

export interface ForecastChange {
  absent: number;
  more: number;
  closed: string;
  moved: number;
}

export const whatIf = ({ day, ...parts }: ForecastChoice, change: ForecastChange) => get("/api/workforce/what-if", { ...parts, ...change, ...(day === "" ? {} : { day }) });
export const rosters = () => get("/api/workforce/rosters");
export const roster = (key: string) => get("/api/workforce/rosters/{roster}", { roster: key });
export const makeRoster = (made: RosterIn) => put("/api/workforce/rosters/{roster}", { roster: `roster-${now()}` }, made);
export const publishRoster = (key: string) => post("/api/workforce/rosters/{roster}/publish", { roster: key });
export const coverage = () => get("/api/workforce/coverage");
export const contracts = (month: string) => get("/api/workforce/contracts", { month });
export const contractsFile = (month: string) => address("/api/workforce/contracts/file", { month });
export const absences = () => get("/api/workforce/absences");
export const decide = (absence: string, grant: boolean) => post("/api/workforce/absences/{absence}", { absence }, { grant });
export const ownShifts = () => get("/api/own-shifts");
export const calendar = () => address("/api/own-shifts/file");
export const propose = (made: SwapIn) => put("/api/own-swaps/{swap}", { swap: `swap-${now()}` }, made);
export const answerSwap = (swap: string, agree: boolean) => post("/api/own-swaps/{swap}", { swap }, { agree });
export const ask = (made: AbsenceIn) => put("/api/own-absences/{absence}", { absence: `absence-${now()}` }, made);

export const adherence = (day: string) => get("/api/workforce/adherence", day === "" ? {} : { day });
export const adherenceFile = (first: string, last: string) => address("/api/workforce/adherence/file", { first, last });
export const excuse = (made: ExcuseIn) => put("/api/workforce/excuses/{excuse}", { excuse: `excuse-${now()}` }, made);
export const withdrawExcuse = (key: string) => del("/api/workforce/excuses/{excuse}", { excuse: key });
