/** A questionnaire as its editor changes it. */

import type { Questionnaire, SurveyQuestion } from "@/api/types";

export type QuestionnaireForm = Pick<Questionnaire, "title" | "lead" | "questions" | "sources">;
export const KINDS = ["one", "several", "scale", "text"] as const;
export const SCALES = [5, 10] as const;

const bilingual = (): { ru: string; en: string } => ({ ru: "", en: "" });
export const newQuestion = (): SurveyQuestion => ({ kind: "one", text: bilingual(), options: [bilingual(), bilingual()], top: 0, mandatory: false });
export const newOption = bilingual;
export const blank = (): QuestionnaireForm => ({ title: bilingual(), lead: bilingual(), questions: [newQuestion()], sources: [] });

/** What belongs to one kind of question is none of another's. */
export function turn(question: SurveyQuestion, kind: SurveyQuestion["kind"]): void {
  question.kind = kind;
  const chosen = kind === "one" || kind === "several";
  question.options = chosen ? (question.options.length > 1 ? question.options : [bilingual(), bilingual()]) : [];
  question.top = kind === "scale" ? question.top || SCALES[0] : 0;
}

/** What is answered with: options, or grades. */
export const places = ({ kind, options, top }: SurveyQuestion, language: string): string[] =>
  kind === "scale" ? Array.from({ length: top }, (_, grade) => String(grade + 1)) : options.map((each) => shown(each, language));

export const shown = ({ ru, en }: { ru: string; en: string }, language: string): string => (language === "en" && en !== "" ? en : ru);

export const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

export const KEY = "[a-z0-9][a-z0-9\\-]{0,39}";
