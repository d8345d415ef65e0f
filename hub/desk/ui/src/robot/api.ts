/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { TalkTestIn, AssignIn, AssignGroupIn, AnswerGroupIn } from "@/api/types";

/** "" is the last week, and all versions. */
export interface Period {
  first: string;
  last: string;
}
export interface RobotPeriod extends Period {
  version: string;
}

/** Whoever changes the draft says which one he has seen, "" for none. */
export const versions = () => get("/api/robot/versions");
export const rollBack = (version: string) => post("/api/robot/versions/{version}/speak", { version });
export const versionAddress = (version: string) => address("/api/robot/versions/{version}/zip", { version });
export const draft = () => get("/api/robot/draft");
export const beginDraft = (seen: string, version: string) => post("/api/robot/draft", {}, { draft: seen, version });
export const uploadDraft = (seen: string, zip: Blob) => put("/api/robot/draft", { draft: seen }, zip);
export const discardDraft = (seen: string) => del("/api/robot/draft", { draft: seen });
export const draftFile = (path: string) => get("/api/robot/draft/file", { path });
export const putDraftFile = (seen: string, path: string, text: string | null) => put("/api/robot/draft/file", {}, { draft: seen, path, text });
export const trainingJob = () => get("/api/robot/work");
export const publishDraft = (seen: string, note: string, anyway = false) => post("/api/robot/publish", {}, { draft: seen, note, anyway });
export const approveDraft = (seen: string) => post("/api/robot/approve", {}, { draft: seen });
export const trainDraft = (seen: string) => post("/api/robot/teach", {}, { draft: seen });
export const cancelTraining = () => del("/api/robot/work");
export const robotGraph = (version: string) => get("/api/robot/graph", { version });
export const tryRobot = (words: string, version: string, state: string) => post("/api/robot/try", {}, { words, version, state });
export const robotFigures = (of: RobotPeriod) => get("/api/robot/figures", of);
export const robotFiguresTable = (of: RobotPeriod) => address("/api/robot/figures.csv", of);
export const robotIntentsTable = (of: RobotPeriod) => address("/api/robot/intents.csv", of);
export const phrases = (of: Period, skip: number) => get("/api/robot/phrases", { ...of, skip });
export const phraseGroups = (of: Period, skip: number) => get("/api/robot/phrases/groups", { ...of, skip });
export const assignGroup = (body: AssignGroupIn) => post("/api/robot/phrases/groups/assign", {}, body);
export const answerGroup = (body: AnswerGroupIn) => post("/api/robot/phrases/groups/article", {}, body);
export const dismissGroup = (phrases: string[]) => post("/api/robot/phrases/groups/dismiss", {}, { phrases });
export const undoGroup = (phrases: string[]) => post("/api/robot/phrases/groups/undo", {}, { phrases });
export const compareVersions = (before: string, after: string) => post("/api/robot/compare", {}, { before, after });
export const trials = () => get("/api/robot/trials");
export const beginTrial = (draft: string, until: string, note: string) => post("/api/robot/trials", {}, { draft, until, note });
export const endTrial = (trial: string) => del("/api/robot/trials/{trial}", { trial });
export const intents = () => get("/api/robot/intents");
export const assignedPhrases = () => get("/api/robot/phrases/assigned");
export const assignPhrase = (what: AssignIn) => post("/api/robot/phrases/assign", {}, what);
export const dismissPhrase = (phrase: string) => post("/api/robot/phrases/dismiss", {}, { phrase });
export const answerPhrase = (phrase: string, article: string) => post("/api/robot/phrases/article", {}, { phrase, article });
export const reportGap = (text: string) => post("/api/gaps", {}, { text });
export const undoPhrase = (phrase: string) => post("/api/robot/phrases/undo", {}, { phrase });
export const draftAddress = address("/api/robot/draft/zip");
export const robotTalk = (conversation: string) => get("/api/robot/talks/{conversation}", { conversation });
export const makeTalkTest = (conversation: string, body: TalkTestIn) => post("/api/robot/talks/{conversation}/test", { conversation }, body);
