/** What this room asks of the hub. */

import { address, get, post, put } from "@/api/client";
import type { LmsFileIn, TrainingGroupIn, ProviderIn } from "@/api/types";

export type Answers = Record<string, number[]>;

export const ownCourses = () => get("/api/own-courses");
export const ownCourse = (course: string) => get("/api/own-courses/{course}", { course });
export const readLesson = (course: string, lesson: string, answers: Answers) =>
  post("/api/own-courses/{course}/lessons/{lesson}", { course, lesson }, { answers });
export const beginExam = (course: string) => post("/api/own-courses/{course}/exam", { course });
export const endExam = (course: string, answers: Answers) => post("/api/own-courses/{course}/exam/answers", { course }, { answers });
export const ownCoaching = () => get("/api/own-coaching");
export const coachingMap = () => get("/api/coaching-map");
export const saveCriterionLesson = (scorecard: string, item: string, course: string, lesson: string) => put("/api/coaching-map/{scorecard}/{item}", { scorecard, item }, { course, lesson });
export const courses = () => get("/api/courses");
export const coursePackage = (course: string, edition: "1.2" | "2004") => address("/api/courses/{course}/scorm", { course, edition });
export const importResults = (file: LmsFileIn) => post("/api/training-results", {}, file);
export const groups = () => get("/api/training-groups");
export const group = (key: string) => get("/api/training-groups/{group}", { group: key });
export const saveGroup = (key: string, made: TrainingGroupIn) => put("/api/training-groups/{group}", { group: key }, made);
export const markDay = (key: string, day: number, present: string[]) => put("/api/training-groups/{group}/days/{day}", { group: key, day }, { present });
export const issueCertificate = (key: string, login: string) => post("/api/training-groups/{group}/certificates/{login}", { group: key, login });
export const providers = () => get("/api/training-providers");
export const saveProvider = (key: string, made: ProviderIn) => put("/api/training-providers/{provider}", { provider: key }, made);
export const certificates = () => get("/api/certificates");
export const revokeCertificate = (code: string, why: string) => post("/api/certificates/{code}/revoke", { code }, { why });
export const trainedShares = () => get("/api/trained-shares");
