/** Alarms of the floor as they last now; which of them still call, and how one is said in words. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { AlarmOut } from "@/api/types";
import { channelName } from "@/conversations/channelNames";
import { clockText } from "@/ui/clocks";
import { inZone } from "@/ui/timeZone";
import { now } from "@/ui/now";
import { may, me } from "@/sign_in/session";
import { words } from "@/words";
import { computed } from "vue";
import { store, storeRequest } from "@/ui/stores";

export const alarms = store<{ list: readonly AlarmOut[]; problem: string }>(() => ({ list: [], problem: "" }));
/** Nobody has seen to them, and they are not to be quiet; danger to life first. */
export const unacknowledged = computed(() => dangerFirst(alarms.list).filter(({ acknowledged, quiet_until }) => acknowledged === null && (quiet_until === null || Date.parse(quiet_until) <= now.value)));
const latestRequest = storeRequest();

function dangerFirst(list: readonly AlarmOut[]): AlarmOut[] {
  return list.toSorted((a, b) => Number(b.trouble === "danger") - Number(a.trouble === "danger"));
}

export async function renewAlarms(): Promise<void> {
  if (!may("see_wallboard")) return;
  await latestRequest(api.floorAlarms(), (list) => void Object.assign(alarms, { list, problem: "" }), (error) => void (alarms.problem = explain(error)));
}

/** Those of some lines, and of the channels and trunks, which are everybody's. */
export const alarmsOf = (lines: readonly string[]): AlarmOut[] => alarms.list.filter(({ trouble, about, line }) => trouble === "channel" || trouble === "trunk" || lines.includes(line || about));

export function alarmPlace({ trouble, about, title }: AlarmOut): string {
  if (trouble === "channel") return channelName(about);
  if (trouble === "shortage") return shortagePlace(about);
  if (trouble === "contract") return contractPlace(about);
  return trouble === "trunk" ? words.global.t("trunks.named", { trunk: about }) : title;
}

/** «001 · ООО «Голос» · информирование». */
function contractPlace(about: string): string {
  const [centre, contractor, fn] = about.split("/");
  return [centre, contractor, words.global.t(`function.${fn}`)].join(" · ");
}

/** «001 · 12.12.2026, 03:00 — 12.12.2026, 03:30», by the clock of the centre. */
function shortagePlace(about: string): string {
  const [centre = "", begins = "", ends = ""] = about.split("/");
  return `${centre} · ${inCentreZone(begins)} — ${inCentreZone(ends)}`;
}

const inCentreZone = (moment: string): string => inZone(moment, me.value.timezone, words.global.locale.value);

/** «ждут 12, порог 10», as it was when it began: how it is now the floor's own numbers tell. */
export function alarmText({ trouble, limit, value }: AlarmOut): string {
  const { t, n } = words.global;
  return t(`alarm.is.${trouble}`, { value: n(Math.round(value)), limit: n(limit) });
}

export const alarmDuration = ({ began }: AlarmOut): string => clockText(now.value - Date.parse(began), words.global.locale.value);

export async function acknowledge(id: string, word = ""): Promise<void> {
  await api.acknowledgeAlarm(id, word);
  await renewAlarms();
}

export async function silence(id: string, minutes: number): Promise<void> {
  await api.silenceAlarm(id, minutes);
  await renewAlarms();
}

/** The first that calls and is one's own to see to. */
export const firstUnacknowledged = (): AlarmOut | undefined => unacknowledged.value.find(({ mine }) => mine);
