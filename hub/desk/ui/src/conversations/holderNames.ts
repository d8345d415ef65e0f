import type { HolderOut } from "@/api/types";
import { queueTitle, topicTitle } from "@/sign_in/session";
import { words } from "@/words";

/** Who holds a conversation, as a short name (`hands`) or as what happened (`line`). */
export function holderName(manner: "hands" | "line", holder: HolderOut): string {
  return words.global.t(`${manner}.${kindOf(holder)}`, {
    queue: queueTitle(holder.queue),
    operator: holder.operator_name || holder.operator,
    topic: topicTitle(holder.topic),
  });
}

/** In a queue, but only for one colleague; over, without anybody having said what it was about. */
function kindOf({ kind, operator, topic }: HolderOut): string {
  if (kind === "queue" && operator !== "") return "wanted";
  return kind === "closed" && topic === "" ? "ended" : kind;
}
