/** The announcements as the desk shows them: what the hub tells of each change, and read anew when one comes into force or ends. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import { hubNow } from "@/api/request";
import type { AnnouncementIn, AnnouncementOut, AnnouncementState } from "@/api/types";
import { store, storeRequest, onForget } from "@/ui/stores";

interface AnnouncementList {
  announcements: AnnouncementOut[] | null;
  problem: string;
}

export const announcementList = store<AnnouncementList>(() => ({ announcements: null, problem: "" }));

const ORDER: readonly AnnouncementState[] = ["in_force", "approved", "draft", "expired", "withdrawn"];
/** The hub's clock must have passed the moment when it is asked. */
const LATE_MS = 500;
const LONGEST_MS = 2 ** 31 - 1;
let turn: ReturnType<typeof setTimeout> | undefined;
const latestRequest = storeRequest();

export const open = (): Promise<void> =>
  latestRequest(
    api.announcements(),
    (all) => {
      set(all);
      announcementList.problem = "";
    },
    (error) => {
      announcementList.problem = explain(error);
    },
  );

export function leave(): void {
  latestRequest.drop();
  clearTimeout(turn);
  announcementList.announcements = null;
}

onForget(leave);

/** The line was down: what was told meanwhile was missed. */
export async function renew(): Promise<void> {
  if (announcementList.announcements !== null) await open();
}

export function updateAnnouncement(changed: AnnouncementOut): void {
  // What was asked for before may come without it.
  if (latestRequest.waits()) latestRequest.again(open);
  if (announcementList.announcements === null) return;
  set([...announcementList.announcements.filter(({ id }) => id !== changed.id), changed]);
}

export async function save(id: string, wording: AnnouncementIn): Promise<AnnouncementOut> {
  const saved = await api.saveAnnouncement(id, wording);
  updateAnnouncement(saved);
  return saved;
}

export const approve = async ({ id, version }: AnnouncementOut): Promise<void> =>
  updateAnnouncement(await api.approveAnnouncement(id, version));

export const withdraw = async ({ id }: AnnouncementOut): Promise<void> => updateAnnouncement(await api.withdrawAnnouncement(id));

const rank = ({ state }: AnnouncementOut): number => ORDER.indexOf(state);

function set(all: AnnouncementOut[]): void {
  announcementList.announcements = all.toSorted((a, b) => rank(a) - rank(b) || b.valid_from.localeCompare(a.valid_from));
  clearTimeout(turn);
  const next = nextChangeMs(all, hubNow());
  if (next !== undefined) turn = setTimeout(() => void open(), Math.min(next - hubNow() + LATE_MS, LONGEST_MS));
}

/** When the first of them comes into force or ends. */
export function nextChangeMs(all: readonly AnnouncementOut[], now: number): number | undefined {
  const moments = all.flatMap(({ valid_from, valid_until }) => [Date.parse(valid_from), Date.parse(valid_until)]);
  const ahead = moments.filter((moment) => moment > now);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}
