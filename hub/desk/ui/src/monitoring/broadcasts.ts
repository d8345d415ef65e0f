/** Messages to the floor: shown until they are read, and to whoever sends them with who has read them. */

import { explain } from "@/ui/problems";
import * as api from "./api";
import type { FloorMessageIn, FloorMessageOut, FloorMessagesOut } from "@/api/types";
import { announceUrgently, announce } from "@/ui/toasts";
import { may } from "@/sign_in/session";
import { uniqueKey } from "@/api/uniqueKey";
import { words } from "@/words";
import { store, storeRequest, storeSet } from "@/ui/stores";

export const messages = store<FloorMessagesOut & { problem: string }>(() => ({ unread: [], sent: [], problem: "" }));
const spoken = storeSet<string>();
const latestRequest = storeRequest();

export async function renewMessages(): Promise<void> {
  if (!may(["serve", "steer"])) return;
  await latestRequest(api.floorMessages(), learn, (error) => void (messages.problem = explain(error)));
}

function learn({ unread, sent }: FloorMessagesOut): void {
  for (const one of unread) if (!spoken.has(one.id)) speak(one);
  Object.assign(messages, { unread, sent, problem: "" });
}

/** By ear as well, once. */
function speak({ id, text, by_name, urgent }: FloorMessageOut): void {
  spoken.add(id);
  (urgent ? announceUrgently : announce)(words.global.t("floorMail.spoken", { who: by_name, text }));
}

export async function readMessage(id: string): Promise<void> {
  await api.readFloorMessage(id);
  messages.unread = messages.unread.filter((one) => one.id !== id);
}

export async function sendMessage(what: FloorMessageIn): Promise<void> {
  await api.sendFloorMessage(uniqueKey(), what);
  await renewMessages();
}

export async function withdrawMessage(id: string): Promise<void> {
  await api.withdrawFloorMessage(id);
  await renewMessages();
}
