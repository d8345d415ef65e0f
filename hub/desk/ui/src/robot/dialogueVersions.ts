/** Versions, draft and work of the robot as the desk shows them: asked once a screen shows them, then told by the live line. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import { Refused } from "@/api/request";
import type { DraftOut, TrainingJob, RobotChanged, VersionOut } from "@/api/types";
import { toast } from "@/ui/toasts";
import { words } from "@/words";
import { computed } from "vue";
import { store, storeMap, storeRequest, onForget } from "@/ui/stores";

interface Dialogue {
  versions: VersionOut[] | null;
  /** Undefined until it was asked for; null where there is none. */
  draft: DraftOut | null | undefined;
  work: TrainingJob | null;
  problem: string;
}

export const dialogue = store<Dialogue>(() => ({ versions: null, draft: undefined, work: null, problem: "" }));
/** What was changed here and not saved, and the text that it was made `from`. */
export interface Edit {
  text: string;
  from: string;
}

/** By paths. */
export const edits = storeMap<string, Edit>();

export const publishedVersion = computed(() => dialogue.versions?.find(({ speaks }) => speaks));
/** A version as people call it; "" is the draft. */
export function nameOf(id: string): string {
  const number = dialogue.versions?.find((version) => version.id === id)?.number;
  return id === "" ? words.global.t("robot.tab.draft") : number === undefined ? id.slice(0, 6) : `№ ${number}`;
}
export const busy = computed(() => dialogue.work?.state === "runs");
export const blockingFlaws = computed(() => (dialogue.draft?.flaws ?? []).filter((flaw) => flaw.grave).length);

let looked = false;
onForget(() => {
  looked = false;
});
const latestRequest = storeRequest();

export async function open(): Promise<void> {
  looked = true;
  await renew();
}

/** After every (re)connection: what was told meanwhile was missed. */
export async function renew(): Promise<void> {
  if (!looked) return;
  await latestRequest(
    Promise.all([api.versions(), api.draft(), api.trainingJob()]),
    ([versions, draft, { job }]) => void Object.assign(dialogue, { versions, draft, work: job, problem: "" }),
    (error) => {
      dialogue.problem = explain(error);
    },
  );
}

export function onRobotChanged(told: RobotChanged): void {
  if (!looked) return;
  const ended = dialogue.work?.state === "runs" && told.job?.state !== "runs";
  dialogue.work = told.job;
  // What was asked for before may come without it.
  if (latestRequest.waits() || ended || told.speaks !== (publishedVersion.value?.id ?? "") || told.draft !== (dialogue.draft?.id ?? "") || told.approved !== (dialogue.draft?.approved_by ?? "")) latestRequest.again(renew);
}

/** A deed with the draft; whether it was done. Whoever was forestalled sees the draft as it is now. */
export async function changeDraft(work: (seen: string) => Promise<DraftOut | null>): Promise<boolean> {
  try {
    dialogue.draft = await work(dialogue.draft?.id ?? "");
    if (latestRequest.waits()) latestRequest.again(renew);
    return true;
  } catch (error) {
    toast(explain(error), { tone: "bad" });
    if (error instanceof Refused && ["other_draft", "no_draft"].includes(error.code)) await renew();
    return false;
  }
}

/** Saved over what it was made from, never over what somebody else has saved meanwhile. `saved` hears what stands there now. */
export async function save(path: string, saved: (text: string) => void): Promise<boolean> {
  const edit = edits.get(path);
  if (edit === undefined) return true;
  const done = await changeDraft(async () => {
    const { draft, text } = await api.draftFile(path);
    if (text !== edit.from) throw new Refused(409, "other_draft", words.global.t("robot.draft.clash"));
    return api.putDraftFile(draft, path, edit.text);
  });
  if (!done) return false;
  saved(edit.text);
  const typed = edits.get(path);
  // What was typed while it was being saved is still to be saved.
  if (typed === undefined || typed.text === edit.text) edits.delete(path);
  else edits.set(path, { text: typed.text, from: edit.text });
  return true;
}

/** A deed by which what was changed in the draft before it is of no use; what is changed while it is being done is. */
async function replacing(work: (seen: string) => Promise<DraftOut | null>): Promise<void> {
  const before = [...edits];
  if (!(await changeDraft(work))) return;
  for (const [path, edit] of before) if (edits.get(path) === edit) edits.delete(path);
}

export const upload = (file: File): Promise<void> => replacing((seen) => api.uploadDraft(seen, file));

export const discard = (): Promise<void> =>
  replacing(async (seen) => {
    await api.discardDraft(seen);
    return null;
  });
