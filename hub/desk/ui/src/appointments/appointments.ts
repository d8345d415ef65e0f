/** Appointments: those of the open conversation, the calendar of an office, and who comes to it on a day. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { AppointmentIn, AppointmentOut, BookingAct, OfficeDay, OfficeOut, SlotOut, StaffOut } from "@/api/types";
import { sidePanelList } from "@/ui/sidePanel";
import { toast } from "@/ui/toasts";
import { may } from "@/sign_in/session";
import { toClock } from "@/ui/timeZone";
import { words } from "@/words";
import { store, storeRef, storeRequest, onForget } from "@/ui/stores";

/** Those of the conversation beside which they are shown. */
export const conversationAppointments = store<{ conversation: string; made: AppointmentOut[] }>(() => ({ conversation: "", made: [] }));
export const offices = storeRef<OfficeOut[]>([]);
/** Whether the hub was asked for them: before that nobody knows that there is none. */
export const officesLoaded = storeRef(false);
/** By which a citizen can be told besides his conversation. */
export const channels = storeRef<string[]>([]);

interface Calendar {
  slots: SlotOut[] | null;
  clock: string;
  problem: string;
}

/** What is free, as it was asked last. */
export const calendar = store<Calendar>(() => ({ slots: null, clock: "", problem: "" }));

/** What is looked at of an office: who comes on a day, its week, or who waits for a time. */
export type View = "day" | "week" | "waiting";

interface Visitors {
  office: string;
  day: string;
  view: View;
  /** Of the day, or of the waiting list. */
  made: AppointmentOut[] | null;
  week: OfficeDay[];
  /** Who receives there, as far as the office's own system tells. */
  staff: StaffOut["specialists"];
  problem: string;
}

export const visitors = store<Visitors>(() => ({ office: "", day: "", view: "day", made: null, week: [], staff: [], problem: "" }));
let open = false;
onForget(() => {
  open = false;
});
const [askingSlots, askingDay, askingStaff] = [storeRequest(), storeRequest(), storeRequest()];

export async function loadOffices(): Promise<void> {
  if (!may("book")) return;
  try {
    const found = await api.offices();
    offices.value = found.offices;
    channels.value = found.channels;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
  } finally {
    officesLoaded.value = true;
  }
}

const { show: showBeside, leave: leaveBeside, renew: renewBeside, told: toldBeside } = sidePanelList(conversationAppointments, api.appointmentsOf, (rows) => void (conversationAppointments.made = rows));
export { showBeside, leaveBeside };

/** What is free for a service, for as far ahead as the office books. */
export async function loadSlots(conversation: string, office: OfficeOut, service: string): Promise<void> {
  Object.assign(calendar, { slots: null, problem: "" });
  const since = new Date();
  const until = new Date(since.getTime() + (office.horizon_days + 1) * 86_400_000);
  await askingSlots(
    api.slots(conversation, { office: office.id, service, since: since.toISOString(), until: until.toISOString() }),
    ({ slots, clock }) => void Object.assign(calendar, { slots, clock }),
    (error) => void Object.assign(calendar, { slots: [], problem: explain(error) }),
  );
}

/** The code that must be said to a caller; "" where he has got it in writing; null where it was refused. */
export async function book(conversation: string, draft: AppointmentIn): Promise<{ number: string; code: string } | null> {
  try {
    const { appointment, code } = await api.book(conversation, draft);
    updateAppointment(appointment);
    return { number: appointment.number, code };
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return null;
  }
}

/** A cancellation is taken back by one click, as long as the slot is free. */
export async function act(number: string, what: BookingAct, at: string | null = null): Promise<boolean> {
  try {
    const made = await api.stepAppointment(number, { act: what, at, window: "", why: "" });
    updateAppointment(made);
    if (what === "cancel" && made.acts.includes("restore"))
      toast(words.global.t("appointments.cancelled"), { undo: () => void act(number, "restore") });
    return true;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return false;
  }
}

export async function enter(): Promise<void> {
  open = true;
  await loadOffices();
}

export function leave(): void {
  open = false;
}

export async function showVisitors(office: string, day: string, view: View = visitors.view): Promise<void> {
  if (office !== visitors.office) void loadSpecialists(office);
  Object.assign(visitors, { office, day, view, made: null, week: [], problem: "" });
  await renewVisitors();
}

async function loadSpecialists(office: string): Promise<void> {
  visitors.staff = [];
  await askingStaff(
    api.specialists({ office }),
    (found) => void (visitors.staff = found.flatMap(({ specialists }) => specialists)),
    () => {}, // names are an addition
  );
}

/** Whoever receives at its window, if that is known of its office. */
export function receives({ office, window }: AppointmentOut): string {
  if (office !== visitors.office || window === "") return "";
  return visitors.staff.filter(({ windows }) => windows.includes(window)).map(({ name }) => name).join(", ");
}

/** Monday of the week that a day is in. */
export function monday(day: string): string {
  return addDays(day, -((new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7));
}

export function addDays(day: string, days: number): string {
  const there = new Date(`${day}T12:00:00Z`);
  there.setUTCDate(there.getUTCDate() + days);
  return there.toISOString().slice(0, 10);
}

async function renewVisitors(): Promise<void> {
  const { office, day, view } = visitors;
  if (office === "") return;
  const week = view === "week" ? api.officeDays(office, monday(day)) : Promise.resolve([]);
  const made = view === "week" ? Promise.resolve([]) : view === "waiting" ? api.waitingList(office) : api.visitors(office, day);
  await askingDay(
    Promise.all([made, week]),
    ([made, week]) => void Object.assign(visitors, { made, week, problem: "" }),
    (error) => void Object.assign(visitors, { made: [], problem: explain(error) }),
  );
}

/** After every (re)connection. */
export async function renew(): Promise<void> {
  if (!may("book")) return;
  await Promise.all([open ? renewVisitors() : null, conversationAppointments.conversation === "" ? null : renewBeside()]);
}

/** Told by the live line. */
export function onAppointmentChanged(one: AppointmentOut): void {
  updateAppointment(one);
  if (open && one.office === visitors.office) askingDay.again(renewVisitors);
}

function updateAppointment(one: AppointmentOut): void {
  const known = ({ number }: AppointmentOut): boolean => number === one.number;
  if (conversationAppointments.made.some(known)) conversationAppointments.made = conversationAppointments.made.map((each) => (known(each) ? one : each));
  else if (one.conversation === conversationAppointments.conversation) conversationAppointments.made = [one, ...conversationAppointments.made];
  // What was asked for before may come without it.
  toldBeside();
  if (visitors.made?.some(known)) visitors.made = visitors.made.map((each) => (known(each) ? one : each));
}

/** The day that it is in an office now. */
export function today(office: OfficeOut): string {
  return toClock(new Date().toISOString(), office.zone).slice(0, 10);
}

export function byDay(slots: readonly SlotOut[]): Map<string, SlotOut[]> {
  const days = new Map<string, SlotOut[]>();
  for (const slot of slots) days.set(slot.day, [...(days.get(slot.day) ?? []), slot]);
  return days;
}

/** «пт, 27 нояб.». */
export function dayText(day: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" }).format(new Date(`${day}T12:00:00Z`));
}

export const TONES = { waiting: "warn", asked: "warn", booked: "good", arrived: "good", called: "good", cancelled: "", held: "good", no_show: "bad", handed_over: "" } as const;
