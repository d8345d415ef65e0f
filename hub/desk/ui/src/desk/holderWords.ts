import type { HolderOut } from "@/api/types";
import { queueTitle, topicTitle } from "@/desk/session";
import { words } from "@/words";

/** Who holds a conversation, as a short name (`hands`) or as what happened (`line`). */
export function holderWords(manner: "hands" | "line", holder: HolderOut): string {
  // In a queue, but only for one colleague.
  const kind = holder.kind === "queue" && holder.operator !== "" ? "wanted" : holder.kind;
  return words.global.t(`${manner}.${kind}`, {
    queue: queueTitle(holder.queue),
    operator: holder.operator_name || holder.operator,
    topic: topicTitle(holder.topic),
  });
}
