/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { AnonymousSurveyIn, CoachingIn, DrawIn, ItemScore, PersonalSurveyIn, QuestionnaireIn, ReviewPlanIn, ScorecardIn } from "@/api/types";

export const scorecards = () => get("/api/scorecards");
export const saveScorecard = (key: string, made: ScorecardIn) => put("/api/scorecards/{scorecard}", { scorecard: key }, made);
export const reviewPlans = () => get("/api/review-plans");
export const saveReviewPlan = (key: string, made: ReviewPlanIn) => put("/api/review-plans/{plan}", { plan: key }, made);
export const dropReviewPlan = (key: string) => del("/api/review-plans/{plan}", { plan: key });
/** The same key draws once. */
export const drawSample = (key: string, wanted: DrawIn) => put("/api/draws/{draw}", { draw: key }, wanted);
export const reviews = () => get("/api/reviews");
export const ownReviews = () => get("/api/own-reviews");
export const review = (key: string) => get("/api/reviews/{review}", { review: key });
export const takeReview = (key: string) => post("/api/reviews/{review}/take", { review: key });
export const returnReview = (key: string) => post("/api/reviews/{review}/return", { review: key });
export const scoreReview = (key: string, scores: ItemScore[], words: string) =>
  post("/api/reviews/{review}/score", { review: key }, { scores, words });
/** Without scores it stays as it was. */
export const decideReview = (key: string, answer: string, scores: ItemScore[]) =>
  post("/api/reviews/{review}/decide", { review: key }, { answer, scores });
export const acceptReview = (key: string) => post("/api/reviews/{review}/agree", { review: key });
export const appealReview = (key: string, words: string) => post("/api/reviews/{review}/object", { review: key }, { words });
export const reviewNotes = (key: string) => get("/api/reviews/{review}/notes", { review: key });
/** The same key writes once. */
export const saveReviewNote = (key: string, note: string, made: CoachingIn) => put("/api/reviews/{review}/notes/{note}", { review: key, note }, made);
export const readReviewNote = (key: string, note: string) => post("/api/reviews/{review}/notes/{note}/read", { review: key, note });
export const reviewLessons = (key: string) => get("/api/reviews/{review}/lessons", { review: key });
/** Again, it changes the day and the note. */
export const assignLesson = (key: string, item: string, until: string, note: string) => put("/api/reviews/{review}/lessons/{item}", { review: key, item }, { until, note });
export const withdrawLesson = (key: string, item: string) => del("/api/reviews/{review}/lessons/{item}", { review: key, item });
export const lessonSeen = (key: string, item: string) => post("/api/reviews/{review}/lessons/{item}/seen", { review: key, item });
export const coaching = () => get("/api/coaching");
export const calibrations = () => get("/api/calibrations");
export const calibration = (key: string) => get("/api/calibrations/{calibration}", { calibration: key });
/** The same key begins once. */
export const beginCalibration = (key: string, review_: string) => put("/api/calibrations/{calibration}", { calibration: key }, { review: review_ });
export const scoreCalibration = (key: string, scores: ItemScore[], words: string) =>
  post("/api/calibrations/{calibration}/score", { calibration: key }, { scores, words });
export const endCalibration = (key: string) => post("/api/calibrations/{calibration}/end", { calibration: key });
export const quality = (since: string, until: string) => get("/api/quality", { since, until });
export const questionnaires = () => get("/api/questionnaires");
/** Version 0 is the last one. */
export const questionnaire = (key: string, version = 0) => get("/api/questionnaires/{questionnaire}", { questionnaire: key, version });
export const saveQuestionnaire = (key: string, made: QuestionnaireIn) => put("/api/questionnaires/{questionnaire}", { questionnaire: key }, made);
export const surveys = () => get("/api/surveys");
export const survey = (key: string) => get("/api/surveys/{survey}", { survey: key });
export const planAnonymousSurvey = (key: string, made: AnonymousSurveyIn) => put("/api/surveys/{survey}", { survey: key }, made);
export const planPersonalSurvey = (key: string, made: PersonalSurveyIn) => put("/api/personal-surveys/{survey}", { survey: key }, made);
export const startSurvey = (key: string) => post("/api/surveys/{survey}/start", { survey: key });
export const endSurvey = (key: string) => post("/api/surveys/{survey}/end", { survey: key });
export const surveyFile = (key: string, form: "csv" | "xlsx") => address("/api/survey-files/{survey}", { survey: key, form });
export const interviews = (key: string) => get("/api/personal-surveys/{survey}/interviews", { survey: key });
export const nationalSurveys = () => get("/api/national-surveys");
export const respondents = (key: string) => get("/api/personal-surveys/{survey}/answers", { survey: key });
