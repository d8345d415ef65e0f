/**
 * Every screen of the desk: where it stands in the rail, whom it is for, what its address says, and what is loaded for it. The rail,
 * the commands, the addresses and what is permitted follow from this table. A screen's words are `screen.<name>`.
 */

import type { Permission } from "@/api/types";
import type { Component } from "vue";

export interface Screen {
  name: string;
  /** The part of the rail; null for what is reached from one's own menu. */
  part: "work" | "watch" | "know" | "order" | null;
  /** Of several one is enough; "anybody" is whoever is signed in. */
  permission: Permission | readonly Permission[] | "anybody";
  /** What its address says behind the name, and what it gets: "" where nothing is chosen, "+" for something new. */
  takes: readonly ("id" | "item")[];
  /** Values of `id` by which it fills the window, without the rail. */
  alone?: readonly string[];
  load: () => Promise<{ default: Component }>;
}

/** In the order of the rail. The inbox, which everybody begins with, is loaded with the desk: its views are in conversations/views.ts. */
export const SCREENS = [
  { name: "cases", part: "work", permission: "work_cases", takes: ["id"], load: () => import("@/cases/CasesScreen.vue") },
  // `id` is an office.
  { name: "appointments", part: "work", permission: "book", takes: ["id"], load: () => import("@/appointments/AppointmentsScreen.vue") },
  { name: "archive", part: "work", permission: ["search", "see_all"], takes: ["id"], load: () => import("@/conversations/ArchiveScreen.vue") },
  // `item` is the recommendation that is read.
  { name: "complaints", part: "work", permission: "see_figures", takes: ["id", "item"], load: () => import("@/cases/ComplaintsScreen.vue") },
  // `item` is the group of lines that is shown, "" for the widest.
  { name: "floor", part: "watch", permission: "see_wallboard", takes: ["id", "item"], alone: ["wall"], load: () => import("@/monitoring/FloorScreen.vue") },
  { name: "overdue", part: "watch", permission: "see_all", takes: [], load: () => import("@/cases/PastTermScreen.vue") },
  // `id` is the day, "" for today.
  { name: "figures", part: "watch", permission: "see_figures", takes: ["id"], load: () => import("@/reporting/DayFiguresScreen.vue") },
  // `item` is the saved report that is opened.
  { name: "reports", part: "watch", permission: "see_figures", takes: ["id", "item"], load: () => import("@/reporting/ReportsScreen.vue") },
  // `id` is the part, "" for coverage; `item` is what is chosen there.
  { name: "programme", part: "watch", permission: "see_figures", takes: ["id", "item"], load: () => import("@/programme/ProgrammeScreen.vue") },
  { name: "channels", part: "watch", permission: "see_all", takes: [], load: () => import("@/monitoring/ChannelsScreen.vue") },
  { name: "sifting", part: "watch", permission: "sift", takes: [], load: () => import("@/intake/FilterScreen.vue") },
  { name: "audit", part: "watch", permission: "manage_operators", takes: [], load: () => import("@/access/AuditScreen.vue") },
  // `id` is what is chosen, a survey or a questionnaire; `item` its key.
  { name: "surveys", part: "watch", permission: "ask_anonymously", takes: ["id", "item"], load: () => import("@/quality/surveys/SurveysScreen.vue") },
  { name: "quality", part: "watch", permission: ["score_talks", "see_own_scores"], takes: ["id", "item"], load: () => import("@/quality/QualityScreen.vue") },
  { name: "systems", part: "watch", permission: ["see_figures", "work_cases", "manage_exchange"], takes: [], load: () => import("@/integrations/SystemsScreen.vue") },
  // `id` is the group that is shown, or a part: certificates, providers.
  { name: "classes", part: "watch", permission: "teach", takes: ["id"], load: () => import("@/training/ClassesScreen.vue") },
  { name: "shifts", part: "work", permission: "own_shifts", takes: [], load: () => import("@/workforce/ShiftsScreen.vue") },
  // `id` is the day, "" for today.
  { name: "adherence", part: "watch", permission: "watch_shifts", takes: ["id"], load: () => import("@/workforce/AdherenceScreen.vue") },
  // `id` is a part of the screen, `item` the roster that is shown.
  { name: "workforce", part: "watch", permission: "plan_shifts", takes: ["id", "item"], load: () => import("@/workforce/WorkforceScreen.vue") },
  // `id` is the course, `item` its lesson, or `exam`.
  { name: "training", part: "know", permission: "learn", takes: ["id", "item"], load: () => import("@/training/TrainingScreen.vue") },
  { name: "handbook", part: "know", permission: "read_knowledge", takes: ["id", "item"], load: () => import("@/knowledge/HandbookScreen.vue") },
  { name: "articles", part: "know", permission: "edit_knowledge", takes: ["id"], load: () => import("@/knowledge/ArticlesScreen.vue") },
  { name: "scripts", part: "know", permission: ["edit_knowledge", "approve", "see_figures"], takes: ["id"], load: () => import("@/knowledge/scripts/ScriptsScreen.vue") },
  { name: "topics", part: "know", permission: "edit_knowledge", takes: ["id"], load: () => import("@/cases/TopicsScreen.vue") },
  { name: "canned", part: "know", permission: "serve", takes: ["id"], load: () => import("@/actions/CannedRepliesScreen.vue") },
  { name: "announcements", part: "know", permission: ["edit_knowledge", "approve"], takes: ["id"], load: () => import("@/notifications/AnnouncementsScreen.vue") },
  { name: "robot", part: "know", permission: ["edit_dialogues", "approve", "see_figures"], takes: ["id", "item"], load: () => import("@/robot/RobotScreen.vue") },
  { name: "notices", part: "order", permission: "notify", takes: ["id"], load: () => import("@/notifications/NoticesScreen.vue") },
  { name: "demands", part: "order", permission: "answer_demand", takes: [], load: () => import("@/privacy/SubjectRequestsScreen.vue") },
  { name: "consents", part: "order", permission: ["edit_consents", "approve"], takes: ["id"], load: () => import("@/citizens/ConsentsScreen.vue") },
  // `item` is an account by its login, or `role:` and a role.
  { name: "operators", part: "order", permission: "manage_operators", takes: ["id", "item"], load: () => import("@/access/OperatorsScreen.vue") },
  // `id` is a part of the screen, "" for the centres.
  { name: "registry", part: "order", permission: ["edit_registry", "approve"], takes: ["id"], load: () => import("@/organisation/RegistryScreen.vue") },
  { name: "settings", part: "order", permission: "settle", takes: ["id"], load: () => import("@/organisation/SettingsScreen.vue") },
  // `id` is a rule, "=" for what concerns all.
  // `id` is the driver.
  { name: "connections", part: "order", permission: "settle", takes: ["id"], load: () => import("@/monitoring/ConnectionsScreen.vue") },
  { name: "rules", part: "order", permission: "settle", takes: ["id"], load: () => import("@/automation/RulesScreen.vue") },
  { name: "password", part: null, permission: "anybody", takes: [], load: () => import("@/sign_in/NewPasswordScreen.vue") },
  { name: "security", part: null, permission: "anybody", takes: [], load: () => import("@/sign_in/SecurityScreen.vue") },
] as const satisfies readonly Screen[];

type Row = (typeof SCREENS)[number];
export type ScreenName = Row["name"];
export type RailScreen = Extract<Row, { part: string }>;
export const inRail = (): RailScreen[] => SCREENS.filter((row): row is RailScreen => row.part !== null);
type RouteOf<R extends Row> = R extends Row ? { screen: R["name"] } & Record<R["takes"][number], string> : never;
export type ScreenRoute = RouteOf<Row>;

export const screenOf = (name: string): Row | undefined => SCREENS.find((row) => row.name === name);

/** The address of a screen with nothing chosen in it, or with what is `given` in the order of `takes`. */
export const routeTo = (name: ScreenName, given: readonly string[] = []): ScreenRoute =>
  ({ screen: name, ...Object.fromEntries((screenOf(name)?.takes ?? []).map((field, at) => [field, given[at] ?? ""])) }) as ScreenRoute;
