/** What this room asks of the hub. */

import { get } from "@/api/client";

export interface ForecastChoice {
  centre: string;
  channel: string;
  topic: string;
  day: string;
}

export const choices = () => get("/api/workforce/choices");
export const forecast = ({ day, ...parts }: ForecastChoice) => get("/api/workforce/forecast", { ...parts, ...(day === "" ? {} : { day }) });
