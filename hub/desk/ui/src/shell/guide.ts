/** Help: the pages of docs/ru for whoever is signed in. vite.config.ts makes modules of them; a role's are loaded when they are read. */

import { type View, fold } from "@/conversations/views";
import type { MeOut } from "@/api/types";
import { type Route, route } from "./route";
import type { ScreenName } from "./screens";
import { me } from "@/sign_in/session";
import { storeRef } from "@/ui/stores";

export interface GuidePage {
  /** Below docs/ru, without `.md`. */
  path: string;
  title: string;
  html: string;
}

export const FOLDERS = {
  operator: () => import("virtual:guide/operator"),
  senior: () => import("virtual:guide/senior"),
  supervisor: () => import("virtual:guide/supervisor"),
  quality: () => import("virtual:guide/quality"),
  editor: () => import("virtual:guide/editor"),
  designer: () => import("virtual:guide/designer"),
  administrator: () => import("virtual:guide/administrator"),
  words: () => import("virtual:guide/words"),
} satisfies Record<string, () => Promise<{ default: GuidePage[] }>>;
export type Folder = keyof typeof FOLDERS;

/** What a role reads, its own first. */
const READ: Record<MeOut["role"], readonly Folder[]> = {
  operator: ["operator", "words"],
  senior: ["senior", "quality", "operator", "words"],
  supervisor: ["supervisor", "senior", "quality", "operator", "words"],
  designer: ["editor", "designer", "words"],
  admin: ["administrator", "supervisor", "senior", "quality", "editor", "designer", "operator", "words"],
  wall: ["supervisor", "words"],
};

/** The pages that tell of a screen: each role gets the one that its own pages come first in. */
const TOLD: Record<View | ScreenName, readonly string[]> = {
  mine: ["operator/tasks/answer"],
  mentions: ["operator/tasks/find"],
  followed: ["operator/tasks/find"],
  waiting: ["operator/tasks/line-and-offers"],
  snoozed: ["operator/tasks/promise"],
  promised: ["operator/tasks/promise"],
  risk: ["operator/tasks/promise"],
  done: ["operator/tasks/find"],
  away: ["operator/tasks/transfer"],
  held: ["senior/tasks/others"],
  recent: ["senior/tasks/others"],
  cases: ["operator/tasks/cases"],
  appointments: ["operator/tasks/appointments"],
  archive: ["operator/tasks/find"],
  complaints: ["supervisor/tasks/complaints"],
  floor: ["supervisor/tasks/floor", "senior/tasks/floor"],
  overdue: ["supervisor/tasks/channels", "senior/tasks/overdue"],
  figures: ["supervisor/tasks/figures"],
  reports: ["supervisor/tasks/reports"],
  programme: ["supervisor/tasks/programme"],
  channels: ["administrator/tasks/channels", "supervisor/tasks/channels", "senior/tasks/floor"],
  sifting: ["administrator/tasks/blocks"],
  audit: ["administrator/tasks/audit"],
  surveys: ["quality/tasks/surveys"],
  quality: ["quality/tasks/review", "operator/tasks/shifts"],
  systems: ["administrator/tasks/webhooks"],
  classes: ["supervisor/tasks/training"],
  shifts: ["operator/tasks/shifts"],
  adherence: ["senior/tasks/adherence"],
  workforce: ["supervisor/tasks/shifts"],
  training: ["operator/tasks/shifts"],
  handbook: ["operator/tasks/knowledge", "editor/tasks/cards"],
  articles: ["editor/tasks/articles"],
  scripts: ["editor/tasks/scripts"],
  topics: ["editor/tasks/topics"],
  canned: ["senior/tasks/replies", "operator/tasks/answer"],
  announcements: ["editor/tasks/announcements", "supervisor/tasks/approve"],
  robot: ["designer/tasks/publish", "supervisor/tasks/approve"],
  notices: ["administrator/tasks/notices"],
  demands: ["administrator/tasks/subject-requests", "senior/tasks/data"],
  consents: ["administrator/tasks/consents", "supervisor/tasks/approve"],
  operators: ["administrator/tasks/people"],
  settings: ["administrator/tasks/settings"],
  connections: ["administrator/tasks/channels"],
  rules: ["administrator/tasks/rules"],
  registry: ["administrator/tasks/registry"],
  password: ["operator/tasks/sign-in"],
  security: ["operator/tasks/sign-in"],
};

/** The page that is read; "" is the contents, null: no help is open. */
export const reading = storeRef<string | null>(null);

export const foldersOf = (role: MeOut["role"]): readonly Folder[] => READ[role];
const folderOf = (path: string): string => path.split("/")[0] ?? "";

export function pageAbout(at: Route, role: MeOut["role"]): string {
  const pages = TOLD[at.screen === "inbox" ? at.view : at.screen];
  return foldersOf(role).flatMap((folder) => pages.filter((page) => folderOf(page) === folder))[0] ?? pages[0] ?? "";
}

/** On the page about what one is at, or not at all any more. */
export function toggleGuide(): void {
  reading.value = reading.value === null && route.value !== null ? pageAbout(route.value, me.value.role) : null;
}

/** Those of a role, and the folder of a page that it was led to. */
export async function pagesFor(role: MeOut["role"], path: string): Promise<GuidePage[]> {
  const folders = new Set<string>([...foldersOf(role), folderOf(path)]);
  const loads = Object.entries(FOLDERS).filter(([folder]) => folders.has(folder));
  return (await Promise.all(loads.map(([, load]) => load()))).flatMap((module) => module.default);
}

/** A word in whatever case it stands: without its ending. */
const stem = (word: string): string => (word.length > 4 ? word.slice(0, Math.max(4, word.length - 2)) : word);
const textOf = ({ html }: GuidePage): string => html.replace(/<[^>]*>/gu, " ").replace(/&(?:quot|amp|lt|gt);/gu, " ").replace(/\s+/gu, " ").trim();

export interface GuideHit {
  page: GuidePage;
  excerpt: string;
}

/** Pages that have every word, those first that have them in the title or more often. */
export function search(pages: readonly GuidePage[], words: string): GuideHit[] {
  const stems = fold(words).split(/[^\p{L}\p{N}]+/u).filter(Boolean).map(stem);
  if (stems.length === 0) return [];
  return pages
    .map((page) => {
      const text = textOf(page);
      const [title, body] = [fold(page.title), fold(text)];
      const counts = stems.map((each) => 20 * title.split(each).length - 20 + body.split(each).length - 1);
      const from = Math.max(0, body.indexOf(stems[0] ?? "") - 40);
      return { page, excerpt: `${from > 0 ? "…" : ""}${text.slice(from, from + 120).trim()}…`, rank: counts.includes(0) ? 0 : counts.reduce((sum, each) => sum + each) };
    })
    .filter(({ rank }) => rank > 0)
    .toSorted((one, other) => other.rank - one.rank)
    .slice(0, 20);
}
