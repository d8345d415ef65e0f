/** Everything the desk may ask of the hub, one function for each address. */

import { request } from "@/api/request";
import type {
  AnnouncementIn,
  AnnouncementOut,
  ArticleIn,
  ArticleOut,
  AttemptIn,
  CloseIn,
  CredentialsIn,
  DeedOut,
  EntryOut,
  Errand,
  HitsOut,
  InboxOut,
  MeOut,
  NewOperatorOut,
  OperatorIn,
  OperatorOut,
  PassIn,
  PasswordIn,
  PlaceIn,
  PlacesOut,
  Presence,
  PromiseIn,
  ReplyIn,
  TimelineOut,
  TransferIn,
  WayOut,
  WithdrawIn,
} from "@/api/types";

export type View = "mine" | "waiting" | "promised" | "held" | "recent";

const segment = encodeURIComponent;

function query(path: string, values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

const conversation = (id: string, verb = ""): string => `/api/conversations/${segment(id)}${verb && `/${verb}`}`;
const operator = (login: string, verb: string): string => `/api/operators/${segment(login)}/${verb}`;

export const signIn = (who: CredentialsIn) => request<MeOut>("POST", "/api/session", who);
export const signOut = () => request<unknown>("DELETE", "/api/session");
export const me = () => request<MeOut>("GET", "/api/me");
export const changePassword = (change: PasswordIn) => request<MeOut>("POST", "/api/password", change);
export const setPresence = (presence: Presence) => request<MeOut>("PUT", "/api/presence", { presence });

export const inbox = (view: View, before?: string) =>
  request<InboxOut>("GET", view === "promised" ? "/api/promises" : query("/api/inbox", { view, before }));
export const timeline = (id: string, before?: string) =>
  request<TimelineOut>("GET", query(conversation(id), { before }));
export const accept = (id: string) => request<TimelineOut>("POST", conversation(id, "accept"));
export const reject = (id: string) => request<unknown>("POST", conversation(id, "reject"));
export const take = (id: string) => request<TimelineOut>("POST", conversation(id, "take"));
export const reply = (id: string, words: ReplyIn) => request<EntryOut>("POST", conversation(id, "reply"), words);
export const note = (id: string, words: ReplyIn) => request<EntryOut>("POST", conversation(id, "note"), words);
export const transfer = (id: string, to: TransferIn) => request<unknown>("POST", conversation(id, "transfer"), to);
export const places = () => request<PlacesOut>("GET", "/api/places");
export const place = (id: string, where: PlaceIn) => request<unknown>("PUT", conversation(id, "place"), where);
export const way = (id: string, errand: Errand, matter: string, topic: string) =>
  request<WayOut>("GET", query(conversation(id, "way"), { errand, matter, topic }));
export const passOn = (id: string, how: PassIn) => request<unknown>("POST", conversation(id, "pass"), how);
export const close = (id: string, how: CloseIn) => request<unknown>("POST", conversation(id, "close"), how);
export const promise = (id: string, what: PromiseIn) => request<unknown>("POST", conversation(id, "promise"), what);
export const attempt = (id: string, what: AttemptIn) => request<unknown>("POST", conversation(id, "attempt"), what);
export const keep = (id: string, words: ReplyIn) => request<EntryOut>("POST", conversation(id, "keep"), words);
export const withdraw = (id: string, why: WithdrawIn) => request<unknown>("POST", conversation(id, "withdraw"), why);
export const fileAddress = (file: string, id: string): string =>
  query(`/api/files/${segment(file)}`, { conversation: id });

export const colleagues = () => request<OperatorOut[]>("GET", "/api/colleagues");
export const articles = (text = "") => request<ArticleOut[]>("GET", query("/api/articles", { text }));
export const saveArticle = (id: string, article: ArticleIn) =>
  request<ArticleOut>("PUT", `/api/articles/${segment(id)}`, article);
export const deleteArticle = (id: string) => request<unknown>("DELETE", `/api/articles/${segment(id)}`);

const announcement = (id: string, verb = ""): string => `/api/announcements/${segment(id)}${verb && `/${verb}`}`;
export const announcements = () => request<AnnouncementOut[]>("GET", "/api/announcements");
export const saveAnnouncement = (id: string, wording: AnnouncementIn) =>
  request<AnnouncementOut>("PUT", announcement(id), wording);
export const approveAnnouncement = (id: string, version: number) =>
  request<AnnouncementOut>("POST", announcement(id, "approve"), { version });
export const withdrawAnnouncement = (id: string) => request<AnnouncementOut>("POST", announcement(id, "withdraw"));

export const search = (text: string, before?: string) =>
  request<HitsOut>("GET", query("/api/search", { text, before }));

export const operators = () => request<OperatorOut[]>("GET", "/api/operators");
export const addOperator = (who: OperatorIn) => request<NewOperatorOut>("POST", "/api/operators", who);
export const resetOperator = (login: string) => request<NewOperatorOut>("POST", operator(login, "reset"));
export const deactivateOperator = (login: string) => request<OperatorOut>("POST", operator(login, "deactivate"));
export const audit = (before?: string) => request<DeedOut[]>("GET", query("/api/audit", { before }));
