/** The types on the wire, by the names the hub gives them (`make types` writes them), and those that this desk calls otherwise. Times are ISO 8601, ids are strings of digits. */

import type * as wire from "./generated/schema";

export type * from "./generated/schema";

export type ListName = wire.ListsChanged["names"][number];
export type Attachment = wire.AttachmentOut;
export type AnnouncementState = wire.AnnouncementOut["state"];
export type CaseAct = wire.Act;
export type ReportBy = wire.By;
export type CaseColumn = wire.Counted;
export type CaseSubject = wire.CaseDetailsOut["matter"];
export type TopicNode = wire.TopicNodeOut;
export type CasesView = "mine" | "line" | "due" | "near" | "all";
export type Scorecard = wire.ScorecardOut;
export type ItemScore = wire.ItemScoreForm;
export type Scoring = wire.ScoringOut;
export type Review = wire.ReviewOut;
export type ReviewRow = wire.ReviewRowOut;
export type ReviewPlan = wire.ReviewPlanOut;
export type Planning = wire.PlanningOut;
export type ReviewSample = wire.DrawOut;
export type Quality = wire.QualityOut;
export type Coaching = wire.CoachingOut;
export type CalibrationRow = wire.CalibrationRowOut;
export type Calibration = wire.CalibrationOut;
export type Questionnaire = wire.QuestionnaireOut;
export type Survey = wire.SurveyOut;
export type SurveyResults = wire.SurveyResultsOut;
export type Interview = wire.InterviewOut;
export type Respondent = wire.RespondentOut;
export type ScriptRow = wire.ScriptRowOut;
export type ScriptState = wire.ScriptOut["versions"][number]["state"];
export type GraphNode = wire.Node;
export type Card = wire.PublicService | wire.Authority | wire.Office | wire.Article;

/** Which complaints: "" is any. */
export interface ComplaintFilters {
  since: string;
  until: string;
  topic: string;
  authority: string;
  service: string;
  breach: wire.Breach | "";
  subject: string;
}

export interface CaseQuery {
  view: CasesView;
  topic: string;
  after?: string;
}
