/** What this room asks of the hub. */

import { address, get, post } from "@/api/client";
import type { AppointmentIn, BookingStepIn } from "@/api/types";

export const offices = () => get("/api/offices");
export const specialists = (where: { office?: string; mfc?: string }) => get("/api/specialists", where);
export const slots = (id: string, wish: { office: string; service: string; since: string; until: string }) =>
  get("/api/conversations/{conversation}/slots", { conversation: id, ...wish });
export const appointmentsOf = (id: string) => get("/api/conversations/{conversation}/appointments", { conversation: id });
export const book = (id: string, draft: AppointmentIn) => post("/api/conversations/{conversation}/appointments", { conversation: id }, draft);
export const waitingList = (office: string) => get("/api/waiting-list", { office });
export const officeDays = (office: string, day: string) => get("/api/office-days", { office, day });
export const visitors = (office: string, day: string) => get("/api/appointments", { office, day });
export const stepAppointment = (number: string, step: BookingStepIn) => post("/api/appointments/{appointment}/steps", { appointment: number }, step);
export const invitation = (number: string) => address("/api/appointments/{appointment}/invitation", { appointment: number });
