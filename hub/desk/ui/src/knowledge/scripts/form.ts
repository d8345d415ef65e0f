/** A script as its editor changes it. */

import type { Script, ScriptStep } from "@/api/types";
import { END } from "@/actions/scriptRuns";

export const blank = (): Script => ({
  key: "",
  title: "",
  topics: [],
  urgent: false,
  rights: [],
  appeal: [],
  phrases: { conflict: [], hesitation: [], silence: [], tears: [] },
  steps: [newStep([])],
});

/** A key that none of the steps has. */
export function newStep(steps: readonly ScriptStep[]): ScriptStep {
  let number = steps.length + 1;
  while (steps.some(({ key }) => key === `step-${number}`)) number += 1;
  return { key: `step-${number}`, kind: "say", text: "", hint: "", mandatory: false, frees: false, next: END, answers: [] };
}

/** What leads to a step goes along when it is called otherwise. */
export function rename(form: Script, from: string, to: string): void {
  const follow = (next: string): string => (next === from && from !== "" ? to : next);
  for (const step of form.steps) {
    if (step.key === from) step.key = to;
    step.next = follow(step.next);
    for (const answer of step.answers) answer.next = follow(answer.next);
  }
}

export const lines = (points: readonly string[]): string => points.join("\n");
export const points = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const KEY = /^[a-z0-9][a-z0-9-]{0,39}$/u;

/** Whether the hub can read it at all; whether it may be published is the hub's to say. */
export function readable({ key, title, steps }: Script): boolean {
  const stepsFit = steps.every((step) => KEY.test(step.key) && step.text.trim() !== "" && step.answers.every(({ text, next }) => text.trim() !== "" && KEY.test(next)));
  return KEY.test(key) && title.trim() !== "" && steps.length > 0 && stepsFit;
}
