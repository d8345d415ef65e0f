/** The settings of the centre at this desk: as they are in force, and as they are being changed. Nothing counts until it is settled. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { CentreSettingsOut, SettingsForm, SettingsPreviewOut } from "@/api/types";
import { computed, watch } from "vue";
import { storeForm, storeRef, storeRequest, onForget } from "@/ui/stores";

/** What is typed in a row is shown by what it would change, so long after the last key. */
const PAUSE_MS = 300;

export const savedSettings = storeRef<CentreSettingsOut | null>(null);
export const draft = storeForm<SettingsForm>(() => ({ queues: [], hours: [], numbers: [], citizen_fields: [], closing_fields: [] }));
export const preview = storeRef<SettingsPreviewOut>({ changes: [], faults: [], cover: [], gaps: [] });
export const problem = storeRef("");
/** Somebody else has settled something since this was begun. */
export const isConflicting = storeRef(false);
const [asking, looking] = [storeRequest(), storeRequest()];

const copy = (form: SettingsForm): SettingsForm => JSON.parse(JSON.stringify(form)) as SettingsForm;
export const isEdited = computed(() => savedSettings.value !== null && JSON.stringify(savedSettings.value.settings) !== JSON.stringify(draft.value));
/** What stands against a field, "" for nothing. */
export const fault = (field: string): string => preview.value.faults.find((each) => each.field === field)?.text ?? "";
/** The same of all fields that begin so. */
export const faultIn = (field: string): boolean => preview.value.faults.some((each) => each.field.startsWith(field));

function take(now: CentreSettingsOut): void {
  savedSettings.value = now;
  draft.value = copy(now.settings);
  isConflicting.value = false;
  problem.value = "";
}

export const open = (): Promise<void> =>
  asking(
    api.settings(),
    (now) => {
      if (isEdited.value && now.version !== savedSettings.value?.version) isConflicting.value = true;
      else if (!isEdited.value) take(now);
    },
    (error) => {
      problem.value = explain(error);
    },
  );

export async function forget(): Promise<void> {
  if (savedSettings.value) take(savedSettings.value);
  await open();
}

export async function saveSettings(since: string | null, why: string): Promise<void> {
  if (savedSettings.value) take(await api.saveSettings({ version: savedSettings.value.version, settings: draft.value, since, why }));
}

export async function revert(to: number): Promise<void> {
  if (savedSettings.value) take(await api.revertSettings({ version: savedSettings.value.version, to }));
}

const look = (): Promise<void> =>
  looking(
    api.previewSettings({ settings: draft.value }),
    (found) => {
      preview.value = found;
    },
    () => {},
  );

let timer: ReturnType<typeof setTimeout> | undefined;
onForget(() => clearTimeout(timer));
watch(
  draft,
  () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), PAUSE_MS);
  },
  { deep: true },
);
