/** A card that is begun elsewhere: its questions, and what is done once it is saved. Kept until then, or until another one is begun. */

import { storeRef } from "@/ui/stores";

export interface NewArticle {
  questions: readonly string[];
  saved: (id: string) => Promise<unknown>;
}

export const newArticle = storeRef<NewArticle | null>(null);
