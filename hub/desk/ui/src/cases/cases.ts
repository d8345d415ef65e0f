/** Registered cases: those of the open conversation, the list, and the one that is read. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import * as integrationsApi from "@/integrations/api";
import type { Breach, CaseDetailsOut, CaseIn, CaseOut, CasesView, MatterIn, StepIn, TermsOut } from "@/api/types";
import { dateAndTime } from "@/ui/clocks";
import { sidePanelList } from "@/ui/sidePanel";
import { announce, toast } from "@/ui/toasts";
import { may } from "@/sign_in/session";
import { words } from "@/words";
import { store, storeRef, storeRequest, onForget } from "@/ui/stores";

export const BREACHES: readonly Breach[] = [
  "late_registration", "late_service", "extra_papers", "refused_papers", "refused_service", "extra_fee", "mistake_kept", "wrong_issue",
  "stopped", "new_flaws", "conduct", "queue", "access", "information", "other",
];

/** Cases of the conversation beside which they are shown. */
export const conversationCases = store<{ conversation: string; cases: CaseOut[] }>(() => ({ conversation: "", cases: [] }));

interface CaseList {
  view: CasesView;
  topic: string;
  cases: CaseOut[] | null;
  more: boolean;
  problem: string;
}

export const list = store<CaseList>(() => ({ view: "mine", topic: "", cases: null, more: false, problem: "" }));
export const terms = storeRef<TermsOut | null>(null);
export const reading = store<{ number: string; details: CaseDetailsOut | null; problem: string }>(() => ({ number: "", details: null, problem: "" }));
let open = false;
onForget(() => {
  open = false;
});
const [askingList, askingOne] = [storeRequest(), storeRequest()];

const { show: showBeside, leave: leaveBeside, told: toldBeside } = sidePanelList(conversationCases, api.casesOf, (rows) => void (conversationCases.cases = rows));
export { showBeside, leaveBeside };

export async function enter(): Promise<void> {
  open = true;
  await renew();
}

export function leave(): void {
  open = false;
}

export async function changeView(change: Partial<Pick<CaseList, "view" | "topic">>): Promise<void> {
  Object.assign(list, change, { cases: null });
  await renew();
}

/** After every (re)connection, and when the list is opened. */
export async function renew(): Promise<void> {
  if (!open || !may("work_cases")) return;
  await Promise.all([askList(), reading.number === "" ? null : read(reading.number)]);
}

const askList = (): Promise<void> =>
  askingList(
    Promise.all([api.cases({ view: list.view, topic: list.topic }), api.caseTerms()]),
    ([{ cases, more }, counts]) => {
      Object.assign(list, { cases, more, problem: "" });
      terms.value = counts;
    },
    (error) => {
      list.problem = explain(error);
    },
  );

export async function loadMore(): Promise<void> {
  const { view, topic } = list;
  const after = list.cases?.at(-1)?.number;
  const found = await api.cases({ view, topic, ...(after === undefined ? {} : { after }) });
  // Read anew meanwhile, or another one: what follows another end is no sequel.
  if (list.view !== view || list.topic !== topic || list.cases?.at(-1)?.number !== after) return;
  list.cases = [...(list.cases ?? []), ...found.cases];
  list.more = found.more;
}

export async function read(number: string): Promise<void> {
  if (reading.number !== number) Object.assign(reading, { number, details: null, problem: "" });
  if (number === "") askingOne.drop();
  else await reload();
}

const reload = (): Promise<void> =>
  askingOne(
    api.caseOf(reading.number),
    (details) => void Object.assign(reading, { details, problem: "" }),
    (error) => {
      reading.problem = explain(error);
    },
  );

/** Done here: what is read and listed is as the hub says now. */
export async function act(number: string, step: StepIn): Promise<boolean> {
  return changing(async () => api.stepCase(number, step));
}

/** To a department's system, whose receipt is then a step of the case. */
export async function submitToSystem(number: string, system: string): Promise<boolean> {
  return changing(async () => integrationsApi.submitCase(number, system));
}

export async function reclassify(number: string, topic: string): Promise<boolean> {
  return changing(async () => api.reclassifyCase(number, topic));
}

export async function correct(number: string, matter: MatterIn): Promise<boolean> {
  return changing(async () => api.correctCase(number, matter));
}

/** `series` is any case of it; "" takes it out. */
export async function link(number: string, series: string): Promise<boolean> {
  return changing(async () => api.linkCase(number, series));
}

/** The conversation is not about this case, after all. */
export async function detach(conversation: string, number: string): Promise<boolean> {
  return changing(async () => {
    await api.attachCase(conversation, number, false);
    return api.caseOf(number);
  });
}

/** The conversation beside which cases are shown is about one more. */
export async function attach(conversation: string, number: string): Promise<boolean> {
  try {
    const one = await api.attachCase(conversation, number, true);
    if (conversationCases.conversation === conversation) updateConversationCases(one);
    return true;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return false;
  }
}

/** The new code, to be said; null where it was refused. */
export async function renewCode(number: string, shown: string): Promise<string | null> {
  try {
    return (await api.newCode(number, shown)).code;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return null;
  }
}

async function changing(ask: () => Promise<CaseDetailsOut>): Promise<boolean> {
  try {
    const details = await ask();
    const { number } = details.case;
    if (reading.number === number) {
      // What was asked for before is older, and what is told meanwhile is asked for again.
      if (askingOne.waits()) askingOne.again(reload);
      reading.details = details;
    }
    updateCase(details.case);
    return true;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return false;
  }
}

/** The code that must be said to a caller; "" where he has got it in writing; null where it was refused. */
export async function register(conversation: string, draft: CaseIn): Promise<{ number: string; code: string } | null> {
  try {
    const made = await api.registerCase(conversation, draft);
    if (conversationCases.conversation === conversation) updateConversationCases(made.case);
    return { number: made.case.number, code: made.code };
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    return null;
  }
}

function updateConversationCases(one: CaseOut): void {
  if (!conversationCases.cases.some(({ number }) => number === one.number)) conversationCases.cases = [...conversationCases.cases, one];
  // What was asked for before comes without it.
  toldBeside();
}

/** Told by the live line. */
export function updateCase(one: CaseOut): void {
  const known = ({ number }: CaseOut): boolean => number === one.number;
  conversationCases.cases = conversationCases.cases.map((each) => (known(each) ? one : each));
  toldBeside();
  if (list.cases?.some(known)) list.cases = list.cases.map((each) => (known(each) ? one : each));
}

export function onCaseChanged(one: CaseOut): void {
  const listed = list.cases?.some(({ number }) => number === one.number) ?? false;
  updateCase(one);
  if (!open || !may("work_cases")) return;
  const here = reading.number === one.number;
  if (!listed || here || askingList.waits()) askingList.again(askList);
  if (here) askingOne.again(reload);
}

export function announceCase(number: string, percent: number): void {
  const text = words.global.t(percent < 100 ? "cases.alarm" : "cases.broken", { number, percent });
  toast(text, { tone: "bad" });
  announce(text);
  void renew();
}

export type Tone = "good" | "warn" | "bad" | "";

/** Colours of a deadline: over, within a day, later. */
export function tone({ due, overdue }: CaseOut, now: number): Tone {
  if (due === null) return "";
  if (overdue || Date.parse(due) < now) return "bad";
  return Date.parse(due) - now < 86_400_000 ? "warn" : "good";
}

/** The last day of a term that ends at midnight by the centre's clock; of any other one the moment. */
export function termText(at: string, zone: string, locale: string): string {
  const moment = Date.parse(at);
  const clock = new Intl.DateTimeFormat("ru", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(moment);
  if (clock !== "00:00") return dateAndTime(moment, locale);
  return new Intl.DateTimeFormat(locale, { timeZone: zone, day: "numeric", month: "short", year: "numeric" }).format(moment - 1);
}
