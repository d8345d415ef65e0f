/** Everything the desk may ask of the hub, one function for each address. */

import type { View } from "@/conversations/views";
import { Refused, request, upload } from "./request";
import type { Calibration, CalibrationRow, Coaching, CoachingIn, AccountIn, AffectedOut, AnnouncementIn, AnnouncementOut, AnonymousSurveyIn, AnswerIn, Attachment, AppointmentIn, AppointmentOut, ArrangeIn, ArticleIn, ArticleOut, AsideIn, AssignedOut, AssignIn, AttemptIn, AuthenticatorOut, BlockIn, BlockOut, BookedOut, BookingStepIn, BreachesOut, BroughtIn, CallIn, CannedIn, CannedOut, Card, CardOut, CardRowOut, CaseColumn, CaseDetailsOut, CaseIn, CaseKind, CaseOut, CaseQuery, CaseReportOut, CasesOut, CatalogueOut, CentreSettingsOut, ChangeOut, ChannelOut, CloseIn, CodeIn, CodeWordIn, ColleagueOut, ComplaintWish, ConsentTextIn, ConsentTextOut, ConsultIn, ContactOut, CorrectionIn, CredentialsIn, DeedOut, GrantOut, MayOut, DeletionOut, DemandIn, DemandOut, DismissIn, DoneOut, DraftOut, Draw, DrawIn, DueOut, EntryOut, TransferPurpose, EventsOut, EvidenceOut, RecommendationState, FiguresOut, MailingIn, MailingOut, MailingsOut, PersonNow, AlarmOut, FloorMessageIn, FloorMessageOut, FloorMessagesOut, FlagOut, Graph, HeldFileOut, HistoryOut, HitsOut, IdentityOut, InboxOut, ItemScore, ListenIn, Look, LookedOut, MatterIn, MacroIn, MeOut, Meaning, MeasureIn, MeasureOut, MergeOut, MorningOut, BottleneckOut, FactsOut, NationalOut, PeriodBy, PeriodColumn, PeriodOut, NewOperatorOut, NoteIn, NoticeIn, NoticeOut, NoticesOut, OfficeDay, OfficesOut, OperatorIn, OperatorOut, OptionsOut, PassIn, PasskeyAnswer, PasswordIn, PastOut, PatternIn, PeriodIn, PersonalSurveyIn, PhoneOut, PhrasesOut, PileOut, PlaceIn, PlacesOut, Planning, PowerIn, PowerOut, Presence, PreviewIn, PreviewOut, PromiseIn, Quality, Questionnaire, QuestionnaireIn, ReasonIn, RecommendationDetailsOut, RecommendationIn, RecommendationOut, RecordingIn, RecoveryOut, ReferIn, ReferralOut, ReferralsOut, RefusalIn, RegisteredOut, Rehearsed, RelayIn, ReleaseIn, KeptIn, ReplyIn, ReportBy, Respondent, Review, ReviewPlan, ReviewPlanIn, ReviewRow, PackageIn, PackageOut, RevertIn, RightsOut, RobotFiguresOut, RulingOut, Scorecard, ScorecardIn, Script, ScriptFlaw, ScriptOut, ScriptRow, SecurityOut, ServiceOut, SessionOut, SettingsPreviewIn, SettingsPreviewOut, SettleIn, SimilarOut, SlotsOut, SnoozeIn, CardKind, SplitIn, StaffOut, StatusBesideOut, StatusIn, StatusToldOut, StepIn, SubmissionOut, SubscriptionChangeIn, SubscriptionIn, SubscriptionsOut, Survey, SurveyResults, SystemNameOut, SystemOut, TakenOut, TermsOut, TextOut, TimelineOut, TopicNode, TopicsOut, TransferIn, VersionOut, WalkIn, WalkMoveIn, WalkOut, WalkReportOut, WayOut, WaysOut, WithdrawIn, WorkOut, LoanIn, LoansOut, OutlookOut, WhereToIn, RearrangeIn, RearrangedOut, MoveOutlookOut, GiveBackIn } from "./types";

const segment = encodeURIComponent;

function query(path: string, values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

const conversation = (id: string, verb = ""): string => `/api/conversations/${segment(id)}${verb && `/${verb}`}`;
const operator = (login: string, verb = ""): string => `/api/operators/${segment(login)}${verb && `/${verb}`}`;

export const signIn = (who: CredentialsIn) => request<MeOut>("POST", "/api/session", who);
export const signOut = () => request<unknown>("DELETE", "/api/session");
export const me = () => request<MeOut>("GET", "/api/me");
export const changePassword = (change: PasswordIn) => request<MeOut>("POST", "/api/password", change);
export const phone = () => request<PhoneOut | null>("GET", "/api/phone");
export const setPresence = (presence: Presence) => request<MeOut>("PUT", "/api/presence", { presence });

export const inbox = (view: View, after?: string) =>
  request<InboxOut>("GET", view === "promised" ? query("/api/promises", { after }) : query("/api/inbox", { view, after }));
export const timeline = (id: string, before?: string) =>
  request<TimelineOut>("GET", query(conversation(id), { before }));
export const reason = (id: string, what: ReasonIn) => request<unknown>("POST", conversation(id, "reason"), what);
export const accept = (id: string) => request<TimelineOut>("POST", conversation(id, "accept"));
export const reject = (id: string) => request<unknown>("POST", conversation(id, "reject"));
export const take = (id: string) => request<TimelineOut>("POST", conversation(id, "take"));
export const mentionable = (id: string) => request<ColleagueOut[]>("GET", conversation(id, "colleagues"));
export const mentionRead = (id: string) => request<unknown>("DELETE", conversation(id, "mention"));
export const morning = (id: string) => request<MorningOut>("GET", conversation(id, "morning"));
export const snooze = (id: string, what: SnoozeIn) => request<unknown>("PUT", conversation(id, "snooze"), what);
export const bringBack = (id: string) => request<unknown>("DELETE", conversation(id, "snooze"));
export const reply = (id: string, words: ReplyIn, parting = false) => request<EntryOut>("POST", conversation(id, "reply"), words, parting);
export const runMacro = (id: string, what: MacroIn) => request("POST", conversation(id, "macro"), what);
export const enclose = (id: string, file: File, told: (part: number) => void, signal: AbortSignal) =>
  upload<Attachment>(query(conversation(id, "files"), { name: file.name }), file, told, signal);
export const note = (id: string, words: NoteIn, parting = false) => request<EntryOut>("POST", conversation(id, "note"), words, parting);
export const transfer = (id: string, to: TransferIn) => request<unknown>("POST", conversation(id, "transfer"), to);
export const pauseRecording = (id: string, what: RecordingIn) => request<unknown>("POST", conversation(id, "recording"), what);
export const places = () => request<PlacesOut>("GET", "/api/places");
export const place = (id: string, where: PlaceIn) => request<unknown>("PUT", conversation(id, "place"), where);
export const way = (id: string, errand: TransferPurpose, matter: string, topic: string) =>
  request<WayOut>("GET", query(conversation(id, "way"), { errand, matter, topic }));
export const giveBack = (id: string, why: GiveBackIn) => request<unknown>("POST", conversation(id, "give_back"), why);
export const takeBack = (id: string) => request<unknown>("POST", conversation(id, "take_back"));
export const relay = (id: string, matter: RelayIn) => request<unknown>("POST", conversation(id, "relay"), matter);
export const passOn = (id: string, how: PassIn) => request<unknown>("POST", conversation(id, "pass"), how);
export const identity = (id: string) => request<IdentityOut>("GET", conversation(id, "identity"));
export const askCode = (id: string, where: CodeIn) => request<IdentityOut>("POST", conversation(id, "identity/code"), where);
export const confirmCode = (id: string, code: string) => request<IdentityOut>("POST", conversation(id, "identity/confirm"), { code });
export const split = (id: string, what: SplitIn) => request<IdentityOut>("POST", conversation(id, "identity/split"), what);
export const history = (id: string, before?: string) =>
  request<HistoryOut>("GET", query(conversation(id, "history"), { before }));
export const past = (id: string, other: string, before?: string) =>
  request<PastOut>("GET", query(conversation(id, `history/${segment(other)}`), { before }));
export const mergeable = (id: string) => request<ContactOut[]>("GET", conversation(id, "merges"));
export const previewMerge = (id: string, other: string) => request<MergeOut>("GET", conversation(id, `merges/${segment(other)}`));
export const merge = (id: string, other: string) => request<unknown>("PUT", conversation(id, `merges/${segment(other)}`));
export const part = (id: string, other: string) => request<unknown>("DELETE", conversation(id, `merges/${segment(other)}`));
export const offices = () => request<OfficesOut>("GET", "/api/offices");
export const specialists = (where: { office?: string; mfc?: string }) => request<StaffOut[]>("GET", query("/api/specialists", where));
export const slots = (id: string, wish: { office: string; service: string; since: string; until: string }) =>
  request<SlotsOut>("GET", query(conversation(id, "slots"), wish));
export const appointmentsOf = (id: string) => request<AppointmentOut[]>("GET", conversation(id, "appointments"));
export const book = (id: string, draft: AppointmentIn) => request<BookedOut>("POST", conversation(id, "appointments"), draft);
export const waitingList = (office: string) => request<AppointmentOut[]>("GET", query("/api/waiting-list", { office }));
export const officeDays = (office: string, day: string) => request<OfficeDay[]>("GET", query("/api/office-days", { office, day }));
export const visitors = (office: string, day: string) => request<AppointmentOut[]>("GET", query("/api/appointments", { office, day }));
const oneAppointment = (number: string, verb: string): string => `/api/appointments/${segment(number)}/${verb}`;
export const stepAppointment = (number: string, step: BookingStepIn) => request<AppointmentOut>("POST", oneAppointment(number, "steps"), step);
export const invitation = (number: string): string => oneAppointment(number, "invitation");
export const statusBeside = (id: string) => request<StatusBesideOut>("GET", conversation(id, "status"));
export const askStatus = (id: string, question: StatusIn) => request<StatusToldOut>("POST", conversation(id, "status"), question);
export const setCodeWord = (id: string, word: CodeWordIn) => request("POST", conversation(id, "status/word"), word);
export const recordPower = (id: string, power: PowerIn) => request<PowerOut>("POST", conversation(id, "status/powers"), power);
export const endPower = (id: string, key: string) => request("POST", conversation(id, "status/powers/end"), { key });
export const withdrawCodeWord = (id: string, key: string) => request("POST", conversation(id, "status/word/withdraw"), { key });
export const casesOf = (id: string) => request<CaseOut[]>("GET", conversation(id, "cases"));
export const registerCase = (id: string, draft: CaseIn) => request<RegisteredOut>("POST", conversation(id, "cases"), draft);
export const similarCases = (id: string, to: { topic: string; text: string }) => request<SimilarOut[]>("POST", conversation(id, "similar"), to);
export const walks = (id: string) => request<WalkOut[]>("GET", conversation(id, "walks"));
export const beginWalk = (id: string, what: WalkIn) => request<WalkOut>("POST", conversation(id, "walks"), what);
export const walkOn = (id: string, walk: string, move: WalkMoveIn) => request<WalkOut>("POST", conversation(id, `walks/${segment(walk)}`), move);
export const dropWalk = (id: string, walk: string) => request<unknown>("DELETE", conversation(id, `walks/${segment(walk)}`));
export const ruling = (id: string, { kind, service, refusal, shown }: { kind: CaseKind; service: string; refusal: boolean; shown: boolean }) =>
  request<RulingOut>("GET", query(conversation(id, "ruling"), { kind, service, refusal: String(refusal), shown: String(shown) }));
export const attachCase = (id: string, number: string, attached: boolean) =>
  request<CaseOut>("PUT", conversation(id, `cases/${segment(number)}`), { attached });
const oneCase = (number: string, verb = ""): string => `/api/cases/${segment(number)}${verb && `/${verb}`}`;
export const cases = ({ view, topic, after }: CaseQuery) => request<CasesOut>("GET", query("/api/cases", { view, topic, after }));
export const restateCase = (number: string, matter: MatterIn) => request<CaseDetailsOut>("PUT", oneCase(number, "matter"), matter);
export const referrals = (number: string) => request<ReferralsOut>("GET", oneCase(number, "referrals"));
export const awaitedReferrals = () => request<ReferralOut[]>("GET", "/api/referrals");
export const refer = (number: string, to: ReferIn) => request<CaseOut>("POST", oneCase(number, "referrals"), to);
export const noteReceipt = (number: string, place: string, receipt: string) =>
  request<ReferralOut>("POST", oneCase(number, `referrals/${segment(place)}/receipt`), { receipt });
export const complaints = (wish: ComplaintWish) => request<EvidenceOut>("GET", query("/api/complaints", { ...wish }));
/** Those of a row, or with no table all of them. */
export const complaintsBehind = (wish: ComplaintWish, table: string, key: string, after: string) =>
  request<CasesOut>("GET", query("/api/complaints/cases", { ...wish, table, key, after }));
const recommended = (id: string, verb = ""): string => `/api/recommendations/${segment(id)}${verb && `/${verb}`}`;
export const recommendations = () => request<RecommendationOut[]>("GET", "/api/recommendations");
export const recommendation = (id: string) => request<RecommendationDetailsOut>("GET", recommended(id));
export const draftRecommendation = (selection: ComplaintWish, wording: RecommendationIn) =>
  request<RecommendationDetailsOut>("POST", "/api/recommendations", { selection, ...wording });
export const reviseRecommendation = (id: string, wording: RecommendationIn) =>
  request<RecommendationDetailsOut>("PUT", recommended(id), wording);
export const moveRecommendation = (id: string, state: RecommendationState, why: string) =>
  request<RecommendationDetailsOut>("POST", recommended(id, "moves"), { state, why });
export const recommendationFile = (id: string, form: "docx" | "pdf"): string => query(recommended(id, "file"), { form });
export const caseTerms = () => request<TermsOut>("GET", "/api/cases/terms");
export const caseOf = (number: string) => request<CaseDetailsOut>("GET", oneCase(number));
export const stepCase = (number: string, step: StepIn) => request<CaseDetailsOut>("POST", oneCase(number, "steps"), step);
export const alikeCases = (number: string) => request<SimilarOut[]>("GET", oneCase(number, "similar"));
export const linkCase = (number: string, series: string) => request<CaseDetailsOut>("PUT", oneCase(number, "series"), { series });
export const newCode = (number: string, shown: string) => request<{ code: string }>("POST", oneCase(number, "code"), { shown });
/** Days, both included; `version` of the tree of topics, "" for the newest. */
export type ReportWish = { since: string; until: string; by: ReportBy; version: string };
export const caseReport = (wish: ReportWish) => request<CaseReportOut>("GET", query("/api/case-reports", wish));
export const caseReportFile = (wish: ReportWish, form: "csv" | "xlsx" | "json"): string => query("/api/case-reports/file", { ...wish, form });
/** The cases of one row, or of all rows where it is null. */
export const casesBehind = (wish: ReportWish, key: string | null, column: CaseColumn, after: string) =>
  request<CasesOut>("GET", query("/api/case-reports/cases", { ...wish, key: key ?? "", whole: String(key === null), column, after }));
export const topics = (version: string) => request<TopicsOut>("GET", query("/api/topics", { version }));
export const putTopics = (version: number, nodes: readonly TopicNode[]) => request<TopicsOut>("PUT", "/api/topics", { version, topics: nodes });
export const refileCase = (number: string, topic: string) => request<CaseDetailsOut>("PUT", oneCase(number, "topic"), { topic });
export const rights = (id: string) => request<RightsOut>("GET", conversation(id, "rights"));
export const withdrawConsent = (id: string) => request<unknown>("POST", conversation(id, "rights/withdraw"));
export const prove = (id: string, where: CodeIn) => request<IdentityOut>("POST", conversation(id, "rights/code"), where);
export const looks = (id: string) => request<Look[]>("GET", conversation(id, "rights/looks"));
export const demand = (id: string, what: DemandIn) => request<DemandOut>("POST", conversation(id, "demands"), what);
const demandPath = ({ conversation: id, id: key }: DemandOut, verb: string): string => conversation(id, `demands/${segment(key)}/${verb}`);
export const refuseDemand = (which: DemandOut, why: RefusalIn) => request<DemandOut>("POST", demandPath(which, "refuse"), why);
export const prepareDemand = (which: DemandOut) => request<DemandOut>("POST", demandPath(which, "prepare"));
export const handOverDemand = (which: DemandOut, here: boolean) => request<DemandOut>("POST", demandPath(which, "hand-over"), { here });
export const demandFile = (which: DemandOut): string => demandPath(which, "file");
export const correctDemand = (which: DemandOut, what: CorrectionIn) => request<DemandOut>("POST", demandPath(which, "correct"), what);
export const undoDemand = (which: DemandOut) => request<DemandOut>("POST", demandPath(which, "undo"));
export const deletion = (which: DemandOut) => request<DeletionOut>("GET", demandPath(which, "deletion"));
export const proposeDeletion = (which: DemandOut) => request<DemandOut>("POST", demandPath(which, "propose"));
export const approveDeletion = (which: DemandOut) => request<DemandOut>("POST", demandPath(which, "approve"));
export const takeDeletionBack = (which: DemandOut) => request<DemandOut>("POST", demandPath(which, "take-back"));
export const demands = () => request<DueOut[]>("GET", "/api/demands");
export const consentTexts = () => request<ConsentTextOut[]>("GET", "/api/consents");
export const saveConsentText = (purpose: string, text: ConsentTextIn) =>
  request<ConsentTextOut>("PUT", `/api/consents/${segment(purpose)}`, text);
export const approveConsentText = (purpose: string, version: number) =>
  request<ConsentTextOut>("POST", `/api/consents/${segment(purpose)}/approve`, { version });
export const close = (id: string, how: CloseIn) => request<unknown>("POST", conversation(id, "close"), how);
export const release = (id: string, what: ReleaseIn) => request<unknown>("POST", conversation(id, "release"), what);
export const quarantine = () => request<HeldFileOut[]>("GET", "/api/quarantine");
export const promise = (id: string, what: PromiseIn) => request<unknown>("POST", conversation(id, "promise"), what);
export const attempt = (id: string, what: AttemptIn) => request<unknown>("POST", conversation(id, "attempt"), what);
export const call = (id: string, how: CallIn) => request<unknown>("POST", conversation(id, "call"), how);
export const consult = (id: string, whom: ConsultIn) => request<unknown>("POST", conversation(id, "consult"), whom);
export const arrange = (id: string, how: ArrangeIn) => request<unknown>("POST", conversation(id, "company"), how);
export const listen = (id: string, how: ListenIn) => request<unknown>("POST", conversation(id, "listen"), how);
export const askSenior = (id: string, asked: boolean) => request<unknown>("POST", conversation(id, "senior"), { asked });
export const keep = (id: string, words: KeptIn) => request<EntryOut>("POST", conversation(id, "keep"), words);
export const withdraw = (id: string, why: WithdrawIn) => request<unknown>("POST", conversation(id, "withdraw"), why);
export const fileAddress = (file: string, id: string): string =>
  query(`/api/files/${segment(file)}`, { conversation: id });

/** Of a recorded talk that is to be kept elsewhere. */
export const saveAddress = (file: string, id: string): string =>
  query(`/api/files/${segment(file)}`, { conversation: id, save: "true" });

/** As a whole: each asking is one listening in the audit. */
export async function fileBytes(file: string, id: string): Promise<Blob> {
  const answer = await fetch(fileAddress(file, id), { credentials: "same-origin" }).catch(() => null);
  if (answer === null) throw new Refused(0, "unreachable", "");
  if (!answer.ok) throw new Refused(answer.status, "no_such_file", "");
  return answer.blob();
}

/** What a file says, to be shown here; everything else is downloaded. */
export async function fileText(file: string, id: string): Promise<string> {
  const answer = await fetch(fileAddress(file, id), { credentials: "same-origin" });
  if (!answer.ok) throw new Refused(answer.status, "no_such_file", "");
  return answer.text();
}

export const measure = (id: string, words: MeasureIn) =>
  request<MeasureOut | null>("POST", conversation(id, "measure"), words);
export const ACCESS_TABLE = "/api/access.csv";
export const access = () => request<GrantOut[]>("GET", "/api/access");
export const operatorAccess = (login: string) => request<MayOut[]>("GET", `/api/operators/${segment(login)}/access`);
export const tryChannel = (channel: string) => request<null>("POST", `/api/channels/${segment(channel)}/trial`);
export const channels = () => request<ChannelOut[]>("GET", "/api/channels");

/** Systems of departments: their contracts, and how each is kept. */
export const systems = () => request<SystemOut[]>("GET", "/api/systems");
export const systemNames = () => request<SystemNameOut[]>("GET", "/api/systems/names");
export const checkSystem = (id: string) => request<{ version: string }>("POST", `/api/systems/${segment(id)}/check`);
export const submissions = () => request<SubmissionOut[]>("GET", "/api/systems/submissions");
export const handIn = (number: string, system: string) => request<CaseDetailsOut>("POST", oneCase(number, "submit"), { system });
/** Systems that are told of events. */
const subscription = (key: string, verb = ""): string => `/api/subscriptions/${segment(key)}${verb && `/${verb}`}`;
export const subscriptions = () => request<SubscriptionsOut>("GET", "/api/subscriptions");
export const subscribe = (what: SubscriptionIn) => request<{ secret: string }>("POST", "/api/subscriptions", what);
export const changeSubscription = (key: string, what: SubscriptionChangeIn) => request<unknown>("PUT", subscription(key), what);
export const testSubscription = (key: string) => request<unknown>("POST", subscription(key, "test"));
export const unsubscribe = (key: string) => request<unknown>("DELETE", subscription(key));
export const replaySubscription = (key: string, since: string) => request<unknown>("POST", subscription(key, "replay"), { since });
export const eventsTold = (key: string, state: string, before = "") => request<EventsOut>("GET", query(subscription(key, "events"), { state, before }));
export const eventsTable = (key: string, state: string): string => query(subscription(key, "events.csv"), { state });
export const sendEvent = (key: string, event: string) => request<unknown>("POST", subscription(key, `events/${segment(event)}/send`));
/** Those that have failed, or all of a period. */
export const sendEvents = (key: string, period: PeriodIn = { since: null, until: null }) => request<{ sent: number }>("POST", subscription(key, "events/send"), period);

const block = (id: string, verb: string): string => `/api/blocks/${segment(id)}/${verb}`;
export const blocks = () => request<BlockOut[]>("GET", "/api/blocks");
export const blocksTable = "/api/blocks.csv";
export const addBlock = (what: BlockIn) => request<BlockOut>("POST", "/api/blocks", what);
export const affected = (whom: PatternIn) => request<AffectedOut>("POST", "/api/blocks/affected", whom);
export const liftBlock = (id: string) => request<BlockOut>("POST", block(id, "lift"));
export const restoreBlock = (id: string) => request<BlockOut>("POST", block(id, "restore"));
export const aside = () => request<PileOut[]>("GET", "/api/aside");
export const releaseAside = (which: AsideIn) => request<DoneOut>("POST", "/api/aside/release", which);
export const answerAside = (which: AnswerIn) => request<DoneOut>("POST", "/api/aside/answer", which);
export const dismissAside = (which: DismissIn) => request<DoneOut>("POST", "/api/aside/dismiss", which);

export const colleagues = () => request<OperatorOut[]>("GET", "/api/colleagues");
export const articles = (text = "") => request<ArticleOut[]>("GET", query("/api/articles", { text }));
export const saveArticle = (id: string, article: ArticleIn) =>
  request<ArticleOut>("PUT", `/api/articles/${segment(id)}`, article);
export const deleteArticle = (id: string) => request<unknown>("DELETE", `/api/articles/${segment(id)}`);

const card = (sort: CardKind, id: string, verb = ""): string => `/api/handbook/${sort}/${segment(id)}${verb && `/${verb}`}`;
export const cards = (sort: CardKind) => request<CardRowOut[]>("GET", query("/api/handbook", { sort }));
export const cardOf = (sort: CardKind, id: string) => request<CardOut>("GET", card(sort, id));
export const saveCard = (sort: CardKind, id: string, version: number, fields: Card) =>
  request<CardOut>("PUT", card(sort, id), { version, card: fields });
export const checkCard = (sort: CardKind, id: string, version: number) => request<CardOut>("POST", card(sort, id, "check"), { version });
export const publishCard = (sort: CardKind, id: string, version: number, since: string | null) =>
  request<CardOut>("POST", card(sort, id, "publish"), { version, since });
export const discardCard = (sort: CardKind, id: string, version: number) => request<unknown>("POST", card(sort, id, "discard"), { version });
export const withdrawCard = (sort: CardKind, id: string) => request<unknown>("POST", card(sort, id, "withdraw"));
export const cardChanges = (sort: CardKind, id: string, version: number) =>
  request<ChangeOut[]>("GET", card(sort, id, `editions/${version}`));
export const flagCard = (sort: CardKind, id: string, field: string, evidence: string) =>
  request<FlagOut>("POST", card(sort, id, "outdated"), { field, evidence });
export const outdated = () => request<FlagOut[]>("GET", "/api/outdated");
/** Versions of the cards that were seen, by name; 0 is a new one. */
type Seen = Record<string, number>;
export const catalogue = () => request<CatalogueOut>("GET", "/api/catalogue");
export const CATALOGUE_FORMS = ["csv", "xlsx", "jsonld"] as const;
export const catalogueFile = (form: (typeof CATALOGUE_FORMS)[number]): string => query("/api/catalogue/file", { form });
export const lookIntoFile = (file: BroughtIn) => request<LookedOut>("POST", "/api/catalogue/look", file);
export const takeFile = (file: BroughtIn, seen: Seen) => request<TakenOut>("POST", "/api/catalogue/take", { ...file, seen });
const portal = (id: string, verb: string): string => `/api/catalogue/portals/${segment(id)}/${verb}`;
/** `null` where it has not changed since it was pulled. */
export const lookIntoPortal = (id: string, again: boolean) => request<LookedOut | null>("POST", portal(id, "look"), { again });
export const takeFromPortal = (id: string, checksum: string, seen: Seen) =>
  request<TakenOut>("POST", portal(id, "take"), { checksum, seen });
export const undoImport = (id: string) => request<TakenOut>("POST", `/api/catalogue/imports/${segment(id)}/undo`);
const flag = (number: string, verb: string): string => `/api/outdated/${segment(number)}/${verb}`;
export const sendOutdated = (number: string) => request<FlagOut>("POST", flag(number, "send"));
export const answerOutdated = (number: string, answer: string, value: unknown) =>
  request<FlagOut>("POST", flag(number, "answer"), { answer, value });
export const seeOutdated = (number: string) => request("POST", flag(number, "seen"));
export const confirmOutdated = (number: string, answer: string) => request<FlagOut>("POST", flag(number, "confirm"), { answer });
export const scorecards = () => request<Scorecard[]>("GET", "/api/scorecards");
export const saveScorecard = (key: string, made: ScorecardIn) => request<Scorecard>("PUT", `/api/scorecards/${segment(key)}`, made);
export const reviewPlans = () => request<Planning>("GET", "/api/review-plans");
export const saveReviewPlan = (key: string, made: ReviewPlanIn) => request<ReviewPlan>("PUT", `/api/review-plans/${segment(key)}`, made);
export const dropReviewPlan = (key: string) => request("DELETE", `/api/review-plans/${segment(key)}`);
/** The same key draws once. */
export const draw = (key: string, wanted: DrawIn) => request<Draw>("PUT", `/api/draws/${segment(key)}`, wanted);
const oneReview = (key: string, verb = ""): string => `/api/reviews/${segment(key)}${verb && `/${verb}`}`;
export const reviews = () => request<ReviewRow[]>("GET", "/api/reviews");
export const ownReviews = () => request<ReviewRow[]>("GET", "/api/own-reviews");
export const review = (key: string) => request<Review>("GET", oneReview(key));
export const takeReview = (key: string) => request<Review>("POST", oneReview(key, "take"));
export const returnReview = (key: string) => request<Review>("POST", oneReview(key, "return"));
export const scoreReview = (key: string, scores: ItemScore[], words: string) => request<Review>("POST", oneReview(key, "score"), { scores, words });
/** Without scores it stays as it was. */
export const decideReview = (key: string, answer: string, scores: ItemScore[]) => request<Review>("POST", oneReview(key, "decide"), { answer, scores });
export const agreeReview = (key: string) => request<Review>("POST", oneReview(key, "agree"));
export const objectReview = (key: string, words: string) => request<Review>("POST", oneReview(key, "object"), { words });
export const reviewNotes = (key: string) => request<Coaching[]>("GET", oneReview(key, "notes"));
/** The same key writes once. */
export const saveReviewNote = (key: string, note: string, made: CoachingIn) => request<Coaching>("PUT", oneReview(key, `notes/${segment(note)}`), made);
export const readReviewNote = (key: string, note: string) => request<Coaching>("POST", oneReview(key, `notes/${segment(note)}/read`));
const oneCalibration = (key: string, verb = ""): string => `/api/calibrations/${segment(key)}${verb && `/${verb}`}`;
export const calibrations = () => request<CalibrationRow[]>("GET", "/api/calibrations");
export const calibration = (key: string) => request<Calibration>("GET", oneCalibration(key));
/** The same key begins once. */
export const beginCalibration = (key: string, review_: string) => request<Calibration>("PUT", oneCalibration(key), { review: review_ });
export const scoreCalibration = (key: string, scores: ItemScore[], words: string) => request<Calibration>("POST", oneCalibration(key, "score"), { scores, words });
export const endCalibration = (key: string) => request<Calibration>("POST", oneCalibration(key, "end"));
export const quality = (since: string, until: string) => request<Quality>("GET", query("/api/quality", { since, until }));
const oneQuestionnaire = (key: string): string => `/api/questionnaires/${segment(key)}`;
export const questionnaires = () => request<Questionnaire[]>("GET", "/api/questionnaires");
/** Version 0 is the last one. */
export const questionnaire = (key: string, version = 0) => request<Questionnaire>("GET", query(oneQuestionnaire(key), { version: String(version) }));
export const saveQuestionnaire = (key: string, made: QuestionnaireIn) => request<Questionnaire>("PUT", oneQuestionnaire(key), made);
const oneSurvey = (key: string, verb = ""): string => `/api/surveys/${segment(key)}${verb && `/${verb}`}`;
export const surveys = () => request<Survey[]>("GET", "/api/surveys");
export const survey = (key: string) => request<SurveyResults>("GET", oneSurvey(key));
export const planAnonymousSurvey = (key: string, made: AnonymousSurveyIn) => request<Survey>("PUT", oneSurvey(key), made);
export const planPersonalSurvey = (key: string, made: PersonalSurveyIn) => request<Survey>("PUT", `/api/personal-surveys/${segment(key)}`, made);
export const startSurvey = (key: string) => request<Survey>("POST", oneSurvey(key, "start"));
export const endSurvey = (key: string) => request<Survey>("POST", oneSurvey(key, "end"));
export const surveyFile = (key: string, form: "csv" | "xlsx"): string => query(`/api/survey-files/${segment(key)}`, { form });
export const respondents = (key: string) => request<Respondent[]>("GET", `/api/personal-surveys/${segment(key)}/answers`);
const oneScript = (key: string, verb = ""): string => `/api/scripts/${segment(key)}${verb && `/${verb}`}`;
export const scripts = () => request<ScriptRow[]>("GET", "/api/scripts");
/** Version 0 is the last one. */
export const script = (key: string, version = 0) => request<ScriptOut>("GET", query(oneScript(key), { version: String(version) }));
export const saveScript = (made: Script, version: number) => request<ScriptOut>("PUT", oneScript(made.key), { version, script: made });
export const checkScript = (made: Script) => request<ScriptFlaw[]>("POST", "/api/script-check", made);
export const approveScript = (key: string, version: number) => request<ScriptOut>("POST", oneScript(key, "approve"), { version });
export const withdrawScript = (key: string) => request<ScriptOut>("POST", oneScript(key, "withdraw"));
export const discardScript = (key: string, version: number) => request<unknown>("POST", oneScript(key, "discard"), { version });
/** Of all scripts, or of one. */
export const scriptFile = (key = ""): string => query("/api/script-file", key === "" ? {} : { script: key });
export const bringScripts = (file: Blob) => request<ScriptRow[]>("POST", "/api/script-file", file);
export const scriptFigures = (of: { since: string; until: string }) => request<WalkReportOut>("GET", query("/api/script-figures", { ...of }));

export const floorPeople = () => request<PersonNow[]>("GET", "/api/floor/people");
export const pauseOperator = (login: string, on: boolean) => request<PersonNow>("POST", `/api/floor/people/${segment(login)}/pause`, { on });
export const loanOutlook = (what: LoanIn) => request<OutlookOut>("POST", "/api/floor/loans/outlook", what);
export const lend = (what: LoanIn) => request<LoansOut>("POST", "/api/floor/loans", what);
export const endLoans = (logins: string[]) => request<LoansOut>("POST", "/api/floor/loans/end", { logins });
export const moveOutlook = (what: WhereToIn) => request<MoveOutlookOut>("POST", "/api/waiting/outlook", what);
export const rearrange = (what: RearrangeIn) => request<RearrangedOut>("POST", "/api/waiting/move", what);
export const floorAlarms = () => request<AlarmOut[]>("GET", "/api/floor/alarms");
export const acknowledgeAlarm = (id: string, word: string) => request<AlarmOut>("POST", `/api/floor/alarms/${segment(id)}/acknowledge`, { word });
export const silenceAlarm = (id: string, minutes: number) => request<AlarmOut>("POST", `/api/floor/alarms/${segment(id)}/silence`, { minutes });
export const alarmLog = (days: number) => request<AlarmOut[]>("GET", query("/api/floor/alarms/log", { days: String(days) }));
export const alarmFile = (days: number): string => query("/api/floor/alarms/file", { days: String(days) });
export const floorMessages = () => request<FloorMessagesOut>("GET", "/api/floor/messages");
const floorMessage = (id: string, verb = ""): string => `/api/floor/messages/${segment(id)}${verb && `/${verb}`}`;
export const sendFloorMessage = (id: string, what: FloorMessageIn) => request<FloorMessageOut>("PUT", floorMessage(id), what);
export const readFloorMessage = (id: string) => request<unknown>("POST", floorMessage(id, "read"));
export const withdrawFloorMessage = (id: string) => request<unknown>("DELETE", floorMessage(id));
export const settings = () => request<CentreSettingsOut>("GET", "/api/settings");
export const previewSettings = (of: SettingsPreviewIn) => request<SettingsPreviewOut>("POST", "/api/settings/preview", of);
export const settle = (what: SettleIn) => request<CentreSettingsOut>("PUT", "/api/settings", what);
export const SETTINGS_FILE = "/api/settings/file";
export const takeSettings = (what: PackageIn) => request<PackageOut>("POST", SETTINGS_FILE, what);
export const revertSettings = (what: RevertIn) => request<CentreSettingsOut>("POST", "/api/settings/revert", what);

export const canned = () => request<CannedOut[]>("GET", "/api/canned");
export const saveCanned = (id: string, words: CannedIn) => request<CannedOut>("PUT", `/api/canned/${segment(id)}`, words);
export const dropCanned = (id: string, version: number) => request<unknown>("DELETE", query(`/api/canned/${segment(id)}`, { version: String(version) }));

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
export const changeOperator = (login: string, account: AccountIn) =>
  request<OperatorOut>("PUT", operator(login), account);
export const resetOperator = (login: string) => request<NewOperatorOut>("POST", operator(login, "reset"));
export const deactivateOperator = (login: string) => request<OperatorOut>("POST", operator(login, "deactivate"));
export const services = () => request<ServiceOut[]>("GET", "/api/services");
export const takeService = (name: string) => request<ServiceOut>("POST", `/api/services/${segment(name)}/take`);
export const revokeService = (name: string) => request<unknown>("DELETE", `/api/services/${segment(name)}`);
export const resetSecurity = (login: string) => request<unknown>("POST", operator(login, "security/reset"));
/** How one signs in oneself. */
export const security = () => request<SecurityOut>("GET", "/api/security");
export const beginAuthenticator = (password: string) => request<AuthenticatorOut>("POST", "/api/security/authenticator", { password });
export const confirmAuthenticator = (code: string) =>
  request<RecoveryOut>("POST", "/api/security/authenticator/confirm", { code });
export const removeAuthenticator = (password: string) =>
  request<unknown>("POST", "/api/security/authenticator/remove", { password });
export const askNewPasskey = (password: string) => request<OptionsOut>("POST", "/api/security/passkeys/ask", { password });
export const addPasskey = (name: string, answer: PasskeyAnswer) =>
  request<RecoveryOut>("POST", "/api/security/passkeys", { name, answer });
export const removePasskey = (id: string, password: string) =>
  request<unknown>("POST", `/api/security/passkeys/${segment(id)}/remove`, { password });
export const ownSessions = () => request<SessionOut[]>("GET", "/api/security/sessions");
export const endSession = (id: string) => request<unknown>("DELETE", `/api/security/sessions/${segment(id)}`);
export const endOtherSessions = () => request<unknown>("POST", "/api/security/sessions/end-others");
export const endSessions = (login: string) => request<unknown>("POST", operator(login, "sessions/end"));
/** How one may sign in here. */
export const waysIn = () => request<WaysOut>("GET", "/api/session/ways");
export const askPasskey = (login: string, password: string) =>
  request<OptionsOut>("POST", "/api/session/passkey/ask", { login, password });
export const enterByPasskey = (answer: PasskeyAnswer) => request<MeOut>("POST", "/api/session/passkey", answer);
export const renewRecovery = (password: string) => request<RecoveryOut>("POST", "/api/security/recovery", { password });
export const notices = (before?: string) => request<NoticesOut>("GET", query("/api/notices", { before }));
export const sendNotice = (what: NoticeIn) => request<NoticeOut>("POST", "/api/notices", what);
export const previewNotice = (to: PreviewIn) => request<PreviewOut>("POST", "/api/notices/preview", to);
export const audit = (before?: string) => request<DeedOut[]>("GET", query("/api/audit", { before }));

/** Whoever changes the draft says which one he has seen, "" for none. */
export const versions = () => request<VersionOut[]>("GET", "/api/robot/versions");
export const rollBack = (version: string) => request<VersionOut>("POST", `/api/robot/versions/${segment(version)}/speak`);
export const versionAddress = (version: string): string => `/api/robot/versions/${segment(version)}/zip`;
export const draft = () => request<DraftOut | null>("GET", "/api/robot/draft");
export const beginDraft = (seen: string, version: string) => request<DraftOut>("POST", "/api/robot/draft", { draft: seen, version });
export const uploadDraft = (seen: string, zip: Blob) => request<DraftOut>("PUT", query("/api/robot/draft", { draft: seen }), zip);
export const discardDraft = (seen: string) => request<unknown>("DELETE", query("/api/robot/draft", { draft: seen }));
export const draftAddress = "/api/robot/draft/zip";
export const draftFile = (path: string) => request<TextOut>("GET", query("/api/robot/draft/file", { path }));
export const putDraftFile = (seen: string, path: string, text: string | null) =>
  request<DraftOut>("PUT", "/api/robot/draft/file", { draft: seen, path, text });
export const robotWork = () => request<WorkOut>("GET", "/api/robot/work");
export const publishDraft = (seen: string, note: string) => request<WorkOut>("POST", "/api/robot/publish", { draft: seen, note });
export const approveDraft = (seen: string) => request<DraftOut>("POST", "/api/robot/approve", { draft: seen });
export const teachDraft = (seen: string) => request<WorkOut>("POST", "/api/robot/teach", { draft: seen });
export const cancelWork = () => request<WorkOut>("DELETE", "/api/robot/work");
export const robotGraph = (version: string) => request<Graph>("GET", query("/api/robot/graph", { version }));
export const tryRobot = (words: string, version: string, state: string) =>
  request<Rehearsed>("POST", "/api/robot/try", { words, version, state });

/** "" is today, and all centres of the hub. */
export interface Day {
  day: string;
  minutes: string;
  centre: string;
}

export const figures = (of: Day) => request<FiguresOut>("GET", query("/api/figures", { ...of }));
export const figuresTable = (of: Day): string => query("/api/figures.csv", { ...of });
/** Of one interval with its `start`. */
export const breaches = (of: Day, start: string, skip: number) =>
  request<BreachesOut>("GET", query("/api/figures/breaches", { ...of, start, skip: String(skip) }));
export const national = (day: string) => request<NationalOut>("GET", query("/api/figures/national", { day }));
export const nationalTable = (day: string): string => query("/api/figures/national.csv", { day });

/** Days, both included; "" is all centres or lines that one sees. */
export type PeriodWish = { since: string; until: string; by: PeriodBy; centre: string; line: string };
export const period = (wish: PeriodWish) => request<PeriodOut>("GET", query("/api/periods", wish));
export const periodFile = (wish: PeriodWish, form: "csv" | "xlsx" | "pdf"): string => query("/api/periods/file", { ...wish, form });
export const bottlenecks = (wish: PeriodWish) => request<BottleneckOut[]>("GET", query("/api/periods/bottlenecks", wish));
/** What a figure counts in one row, or in all of them where it is null. */
export const periodBehind = (wish: PeriodWish, key: string | null, column: PeriodColumn, skip: number) =>
  request<FactsOut>("GET", query("/api/periods/behind", { ...wish, key: key ?? "", whole: String(key === null), column, skip: String(skip) }));

export const mailings = () => request<MailingsOut>("GET", "/api/mailings");
export const saveMailing = (id: string, words: MailingIn) => request<MailingOut>("PUT", `/api/mailings/${segment(id)}`, words);
export const removeMailing = (id: string, version: number) => request<unknown>("DELETE", query(`/api/mailings/${segment(id)}`, { version: String(version) }));
export const sendMailing = (id: string, key: string) => request<unknown>("POST", `/api/mailings/${segment(id)}/send`, { key });

/** "" is the last week, and all versions. */
export interface Period {
  first: string;
  last: string;
}

export interface RobotPeriod extends Period {
  version: string;
}

export const robotFigures = (of: RobotPeriod) => request<RobotFiguresOut>("GET", query("/api/robot/figures", { ...of }));
export const robotFiguresTable = (of: RobotPeriod): string => query("/api/robot/figures.csv", { ...of });
export const robotIntentsTable = (of: RobotPeriod): string => query("/api/robot/intents.csv", { ...of });

export const phrases = (of: Period, skip: number) => request<PhrasesOut>("GET", query("/api/robot/phrases", { ...of, skip: String(skip) }));
export const intents = () => request<Meaning[]>("GET", "/api/robot/intents");
export const assignedPhrases = () => request<AssignedOut[]>("GET", "/api/robot/phrases/assigned");
export const assignPhrase = (what: AssignIn) => request<AssignedOut>("POST", "/api/robot/phrases/assign", what);
export const dismissPhrase = (phrase: string) => request<AssignedOut>("POST", "/api/robot/phrases/dismiss", { phrase });
export const answerPhrase = (phrase: string, article: string) => request<AssignedOut>("POST", "/api/robot/phrases/article", { phrase, article });
export const tellGap = (text: string) => request<unknown>("POST", "/api/gaps", { text });
export const undoPhrase = (phrase: string) => request<unknown>("POST", "/api/robot/phrases/undo", { phrase });
