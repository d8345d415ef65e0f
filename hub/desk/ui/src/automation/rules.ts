/** The automation rules: all are saved together, in their order, as the next version. */

import * as api from "./api";
import type { Rule, RuleEvent, RuleTrial, RulesOut } from "@/api/types";
import { explain, succeeds } from "@/ui/problems";
import { store, storeRequest } from "@/ui/stores";
import { languageName } from "@/ui/languages";
import { toast } from "@/ui/toasts";
import { words } from "@/words";

export const EVENTS: readonly RuleEvent[] = ["began", "message", "unanswered", "ended", "tagged"];

export const saved = store<{ rules: RulesOut | null; problem: string; trial: RuleTrial | null }>(() => ({ rules: null, problem: "", trial: null }));

const latestRules = storeRequest();
const latestTrial = storeRequest();

export const load = (): Promise<void> =>
  latestRules(
    api.rules(),
    (rules) => void Object.assign(saved, { rules, problem: "" }),
    (error) => void (saved.problem = explain(error)),
  );

export const loadTrial = (): Promise<void> =>
  latestTrial(
    api.trial(),
    ({ trial }) => void (saved.trial = trial),
    (error) => void toast(explain(error), { tone: "bad" }),
  );

export async function tryOut(rules: Rule[]): Promise<void> {
  saved.trial = (await api.tryRules({ rules })).trial;
}

/** A rule that does nothing yet. */
export const blank = (id: string): Rule => ({
  id,
  title: "",
  when: "message",
  minutes: 0,
  on: true,
  given: { channels: [], queues: [], topics: [], tags: [], languages: [], words: [], hours: "", person: "" },
  acts: { tag: "", lead_min: 0, queue: "", topic: "", note: "", seniors: false, people: [], reply: "" },
});

/** All rules, with this one in its place or at the end. */
export function withRule(one: Rule): Rule[] {
  const rules = saved.rules?.rules ?? [];
  return rules.some(({ id }) => id === one.id) ? rules.map((each) => (each.id === one.id ? one : each)) : [...rules, one];
}

async function write(rules: Rule[]): Promise<void> {
  saved.rules = await api.saveRules({ version: saved.rules?.version ?? 0, rules, why: "" });
}

/** Saves, and offers to bring the former version back. */
export async function save(rules: Rule[], said: string): Promise<void> {
  const before = saved.rules?.version ?? 0;
  await write(rules);
  toast(said, { undo: () => void succeeds(() => revert(before)) });
}

export async function revert(to: number): Promise<void> {
  saved.rules = await api.revertRules({ version: saved.rules?.version ?? 0, to });
}

export function move(id: string, by: number): Rule[] {
  const rules = [...(saved.rules?.rules ?? [])];
  const from = rules.findIndex((each) => each.id === id);
  rules.splice(from + by, 0, ...rules.splice(from, 1));
  return rules;
}

type Names = "channels" | "queues" | "topics" | "replies" | "people";
const title = (list: Names, id: string): string => saved.rules?.[list].find((each) => each.id === id)?.title ?? id;
const named = (list: Names, ids: readonly string[]): string => ids.map((id) => title(list, id)).join(", ");
const quoted = (list: readonly string[]): string => list.map((each) => `«${each}»`).join(", ");

function conditions({ given }: Rule): string[] {
  const { t, locale } = words.global;
  return [
    given.channels.length > 0 && t("rules.says.channels", { names: named("channels", given.channels) }),
    given.queues.length > 0 && t("rules.says.queues", { names: named("queues", given.queues) }),
    given.topics.length > 0 && t("rules.says.topics", { names: named("topics", given.topics) }),
    given.tags.length > 0 && t("rules.says.tags", { names: quoted(given.tags) }),
    given.words.length > 0 && t("rules.says.words", { names: quoted(given.words) }),
    given.languages.length > 0 && t("rules.says.languages", { names: given.languages.map((code) => languageName(code, locale.value)).join(", ") }),
    given.person !== "" && t(`rules.person.${given.person}`),
    given.hours !== "" && t(`rules.hours.${given.hours}`),
  ].filter((each) => each !== false);
}

function done({ acts }: Rule): string[] {
  const { t } = words.global;
  const told = [...(acts.seniors ? [t("rules.says.seniors")] : []), ...acts.people.map((login) => title("people", login))];
  return [
    acts.tag !== "" && t("rules.says.tag", { name: acts.tag }),
    acts.queue !== "" && t("rules.says.queue", { name: title("queues", acts.queue) }),
    acts.topic !== "" && t("rules.says.topic", { name: title("topics", acts.topic) }),
    acts.lead_min > 0 && t("rules.says.lead", { n: acts.lead_min }),
    acts.note !== "" && t("rules.says.note"),
    told.length > 0 && t("rules.says.tell", { names: told.join(", ") }),
    acts.reply !== "" && t("rules.says.reply", { name: title("replies", acts.reply) }),
  ].filter((each) => each !== false);
}

/** «Когда заявитель написал, если слова «жалоба», то метка «жалоба»». */
export function sentence(rule: Rule): string {
  const { t } = words.global;
  const when = rule.when === "unanswered" ? t("rules.says.unanswered", { n: rule.minutes }) : t(`rules.event.${rule.when}`);
  const [given, does] = [conditions(rule), done(rule)];
  return t(given.length > 0 ? "rules.says.whole" : "rules.says.always", { when: when.toLocaleLowerCase(), given: given.join(", "), acts: does.join(", ") || "…" });
}
