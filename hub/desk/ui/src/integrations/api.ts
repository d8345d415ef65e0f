/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { CodeWordIn, EventState, PeriodIn, PowerIn, StatusIn, SubscriptionChangeIn, SubscriptionIn } from "@/api/types";

export const applicationStatus = (id: string) => get("/api/conversations/{conversation}/status", { conversation: id });
export const askStatus = (id: string, question: StatusIn) => post("/api/conversations/{conversation}/status", { conversation: id }, question);
export const setCodeWord = (id: string, word: CodeWordIn) => post("/api/conversations/{conversation}/status/word", { conversation: id }, word);
export const recordPower = (id: string, power: PowerIn) => post("/api/conversations/{conversation}/status/powers", { conversation: id }, power);
export const endPower = (id: string, key: string) => post("/api/conversations/{conversation}/status/powers/end", { conversation: id }, { key });
export const withdrawCodeWord = (id: string, key: string) =>
  post("/api/conversations/{conversation}/status/word/withdraw", { conversation: id }, { key });
/** Systems of departments: their contracts, and how each is kept. */
export const systems = () => get("/api/systems");
export const systemNames = () => get("/api/systems/names");
export const checkSystem = (id: string) => post("/api/systems/{system}/check", { system: id });
export const submissions = () => get("/api/systems/submissions");
export const submitCase = (number: string, system: string) => post("/api/cases/{case}/submit", { case: number }, { system });
export const subscriptions = () => get("/api/subscriptions");
export const subscribe = (what: SubscriptionIn) => post("/api/subscriptions", {}, what);
export const changeSubscription = (key: string, what: SubscriptionChangeIn) => put("/api/subscriptions/{subscription}", { subscription: key }, what);
export const testSubscription = (key: string) => post("/api/subscriptions/{subscription}/test", { subscription: key });
export const unsubscribe = (key: string) => del("/api/subscriptions/{subscription}", { subscription: key });
export const replaySubscription = (key: string, since: string) => post("/api/subscriptions/{subscription}/replay", { subscription: key }, { since });
export const deliveredEvents = (key: string, state: EventState | "", before = "") =>
  get("/api/subscriptions/{subscription}/events", { subscription: key, state, before });
export const eventsTable = (key: string, state: EventState | "") => address("/api/subscriptions/{subscription}/events.csv", { subscription: key, state });
export const sendEvent = (key: string, event: string) => post("/api/subscriptions/{subscription}/events/{event}/send", { subscription: key, event });
/** Those that have failed, or all of a period. */
export const sendEvents = (key: string, period: PeriodIn = { since: null, until: null }) =>
  post("/api/subscriptions/{subscription}/events/send", { subscription: key }, period);
