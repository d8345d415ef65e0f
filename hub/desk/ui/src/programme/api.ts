/** What this room asks of the hub. */

import { get } from "@/api/client";
import type { ServiceBy } from "@/api/types";

export interface ServicesFilters {
  since: string;
  until: string;
  by: ServiceBy;
}

export const coverage = (day: string) => get("/api/programme/coverage", { day });
export const services = (wish: ServicesFilters) => get("/api/programme/services", wish);
