/** The types on the wire, by the names the hub gives them. Times are ISO 8601, ids are strings of digits. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Function = Schemas["Function"];
export type Role = Schemas["Role"];
export type Presence = Schemas["Presence"];
export type Permission = Schemas["Permission"];
export type Author = Schemas["Author"];
export type Attachment = Schemas["AttachmentOut"];

export type CredentialsIn = Schemas["CredentialsIn"];
export type PasswordIn = Schemas["PasswordIn"];
export type MeOut = Schemas["MeOut"];
export type SecurityOut = Schemas["SecurityOut"];
export type AuthenticatorOut = Schemas["AuthenticatorOut"];
export type PasskeyAnswer = Schemas["PasskeyAnswer"];
export type SessionOut = Schemas["SessionOut"];
export type PasskeyOut = Schemas["PasskeyOut"];
export type OptionsOut = Schemas["OptionsOut"];
export type WaysOut = Schemas["WaysOut"];
export type RecoveryOut = Schemas["RecoveryOut"];
export type PhoneOut = Schemas["PhoneOut"];

export type HolderOut = Schemas["HolderOut"];
export type ConversationOut = Schemas["ConversationOut"];
export type VerificationOut = Schemas["VerificationOut"];
export type EntryOut = Schemas["EntryOut"];
export type TimelineOut = Schemas["TimelineOut"];
export type InboxOut = Schemas["InboxOut"];
export type RecordingIn = Schemas["RecordingIn"];
export type ReasonIn = Schemas["ReasonIn"];
export type ReplyIn = Schemas["ReplyIn"];
export type TransferIn = Schemas["TransferIn"];
export type Stage = Schemas["Stage"];
export type Outcome = Schemas["Outcome"];
export type PromiseOut = Schemas["PromiseOut"];
export type PromiseIn = Schemas["PromiseIn"];
export type HeldFileOut = Schemas["HeldFileOut"];
export type ReleaseIn = Schemas["ReleaseIn"];
export type AttemptIn = Schemas["AttemptIn"];
export type CallIn = Schemas["CallIn"];
export type WithdrawIn = Schemas["WithdrawIn"];
export type Errand = Schemas["Errand"];
export type PlacesOut = Schemas["PlacesOut"];
export type PlaceIn = Schemas["PlaceIn"];
export type WayOut = Schemas["WayOut"];
export type PassIn = Schemas["PassIn"];
export type Company = Schemas["Company"];
export type ConsultIn = Schemas["ConsultIn"];
export type ArrangeIn = Schemas["ArrangeIn"];
export type ListenIn = Schemas["ListenIn"];
export type CloseIn = Schemas["CloseIn"];

export type AddressOut = Schemas["AddressOut"];
export type IdentityOut = Schemas["IdentityOut"];
export type ContactOut = Schemas["ContactOut"];
export type HistoryOut = Schemas["HistoryOut"];
export type PastOut = Schemas["PastOut"];
export type CodeIn = Schemas["CodeIn"];
export type SplitIn = Schemas["SplitIn"];

export type RightsOut = Schemas["RightsOut"];
export type DemandOut = Schemas["DemandOut"];
export type DemandIn = Schemas["DemandIn"];
export type DemandKind = Schemas["Kind"];
export type DueOut = Schemas["DueOut"];
export type RefusalIn = Schemas["RefusalIn"];
export type Refusing = Schemas["Refusing"];
export type CorrectionIn = Schemas["CorrectionIn"];
export type DeletionOut = Schemas["DeletionOut"];
export type Look = Schemas["Look"];
export type ConsentTextOut = Schemas["ConsentTextOut"];
export type ConsentTextIn = Schemas["ConsentTextIn"];

export type OperatorOut = Schemas["OperatorOut"];
export type OperatorIn = Schemas["OperatorIn"];
export type NewOperatorOut = Schemas["NewOperatorOut"];
export type AccountIn = Schemas["AccountIn"];
export type ArticleOut = Schemas["ArticleOut"];
export type ArticleIn = Schemas["ArticleIn"];
export type Occasion = Schemas["Occasion"];
export type AnnouncementOut = Schemas["AnnouncementOut"];
export type AnnouncementIn = Schemas["AnnouncementIn"];
export type AnnouncementState = AnnouncementOut["state"];
export type Ground = Schemas["Ground"];
export type NoticeIn = Schemas["NoticeIn"];
export type NoticeOut = Schemas["NoticeOut"];
export type NoticesOut = Schemas["NoticesOut"];
export type NoticeState = Schemas["NoticeState"];
export type PreviewIn = Schemas["PreviewIn"];
export type PreviewOut = Schemas["PreviewOut"];
export type HitOut = Schemas["HitOut"];
export type HitsOut = Schemas["HitsOut"];
export type DeedOut = Schemas["DeedOut"];

export type SumsOut = Schemas["SumsOut"];
export type FiguresOut = Schemas["FiguresOut"];
export type BreachOut = Schemas["BreachOut"];
export type BreachesOut = Schemas["BreachesOut"];
export type NationalOut = Schemas["NationalOut"];

export type Meaning = Schemas["Meaning"];
export type PhraseOut = Schemas["PhraseOut"];
export type PhrasesOut = Schemas["PhrasesOut"];
export type AssignIn = Schemas["AssignIn"];
export type AssignedOut = Schemas["AssignedOut"];
export type RobotSumsOut = Schemas["RobotSumsOut"];
export type RobotDayOut = Schemas["RobotDayOut"];
export type IntentSumsOut = Schemas["IntentSumsOut"];
export type RobotFiguresOut = Schemas["RobotFiguresOut"];

export type AppointmentIn = Schemas["AppointmentIn"];
export type AppointmentOut = Schemas["AppointmentOut"];
export type BookedOut = Schemas["BookedOut"];
export type BookingAct = Schemas["BookingAct"];
export type BookingStepIn = Schemas["BookingStepIn"];
export type OfficeOut = Schemas["OfficeOut"];
export type OfficesOut = Schemas["OfficesOut"];
export type SlotOut = Schemas["SlotOut"];
export type SlotsOut = Schemas["SlotsOut"];
export type CaseIn = Schemas["CaseIn"];
export type Breach = Schemas["Breach"];
export type CaseOut = Schemas["CaseOut"];
export type CaseDetailsOut = Schemas["CaseDetailsOut"];
export type CasesOut = Schemas["CasesOut"];
export type CaseKind = Schemas["CaseKind"];
export type CaseAct = Schemas["Act"];
export type RegisteredOut = Schemas["RegisteredOut"];
export type RulingOut = Schemas["RulingOut"];
export type SimilarOut = Schemas["SimilarOut"];
export type StepIn = Schemas["StepIn"];
export type TermsOut = Schemas["TermsOut"];
export type CaseReportOut = Schemas["CaseReportOut"];
export type CaseSum = Schemas["CaseSum"];
export type ReportBy = Schemas["By"];
export type CaseColumn = Schemas["Counted"];
export type TopicNode = Schemas["TopicNodeOut"];
export type TopicsOut = Schemas["TopicsOut"];
export type TopicClass = Schemas["TopicClass"];
export type CasesView = "mine" | "line" | "due" | "all";
export interface CaseQuery {
  view: CasesView;
  topic: string;
  after?: string;
}

export type Script = Schemas["Script"];
export type ScriptStep = Schemas["ScriptStep"];
export type ScriptRow = Schemas["ScriptRowOut"];
export type ScriptOut = Schemas["ScriptOut"];
export type ScriptFlaw = Schemas["ScriptFlaw"];
export type ScriptState = ScriptOut["versions"][number]["state"];
export type WalkOut = Schemas["WalkOut"];
export type WalkIn = Schemas["WalkIn"];
export type WalkMoveIn = Schemas["WalkMoveIn"];
export type WalkReportOut = Schemas["WalkReportOut"];

export type ChannelOut = Schemas["ChannelOut"];
export type BlockIn = Schemas["BlockIn"];
export type BlockOut = Schemas["BlockOut"];
export type PatternIn = Schemas["PatternIn"];
export type AffectedOut = Schemas["AffectedOut"];
export type PileOut = Schemas["PileOut"];
export type AsideIn = Schemas["AsideIn"];
export type AnswerIn = Schemas["AnswerIn"];
export type DismissIn = Schemas["DismissIn"];
export type DoneOut = Schemas["DoneOut"];
export type MeasureIn = Schemas["MeasureIn"];
export type MeasureOut = Schemas["MeasureOut"];

export type VersionOut = Schemas["VersionOut"];
export type DraftOut = Schemas["DraftOut"];
export type TextOut = Schemas["TextOut"];
export type Flaw = Schemas["Flaw"];
export type WorkOut = Schemas["WorkOut"];
export type Job = Schemas["Job"];
export type Graph = Schemas["Graph"];
export type GraphNode = Schemas["Node"];
export type Rehearsed = Schemas["Rehearsed"];
export type RobotChanged = Schemas["RobotChanged"];

export type Sort = Schemas["Sort"];
export type Card = Schemas["PublicService"] | Schemas["Authority"] | Schemas["Office"] | Schemas["Article"];
export type CardRowOut = Schemas["CardRowOut"];
export type CardOut = Schemas["CardOut"];
export type ChangeOut = Schemas["ChangeOut"];
export type FlagOut = Schemas["FlagOut"];
export type BroughtIn = Schemas["BroughtIn"];
export type CatalogueOut = Schemas["CatalogueOut"];
export type DifferenceOut = Schemas["DifferenceOut"];
export type ImportOut = Schemas["ImportOut"];
export type LookedOut = Schemas["LookedOut"];
export type TakenOut = Schemas["TakenOut"];

export type LetterOut = Schemas["LetterOut"];
export type SubmissionOut = Schemas["SubmissionOut"];
export type SubscriptionChangeIn = Schemas["SubscriptionChangeIn"];
export type SubscriptionIn = Schemas["SubscriptionIn"];
export type SubscriptionOut = Schemas["SubscriptionOut"];
export type SubscriptionsOut = Schemas["SubscriptionsOut"];
export type SystemNameOut = Schemas["SystemNameOut"];
export type SystemOut = Schemas["SystemOut"];

export type ToDesk = Schemas["ToDesk"];
export type FromDesk = Schemas["FromDesk"];
