/** The knowledge base as its designers see it. */

import { onSignOut } from "@/sign_in/session";
import { explain } from "@/ui/problems";
import * as api from "./api";
import type { ArticleIn, ArticleOut } from "@/api/types";
import { toast } from "@/ui/toasts";
import { kept, store, storeRequest } from "@/ui/stores";

interface ArticleList {
  articles: ArticleOut[] | null;
  problem: string;
}

/** Longer than the notice with "undo" stays on the screen. */
const UNDO_MS = 8000;

export const articleList = store<ArticleList>(() => ({ articles: null, problem: "" }));
const pendingRemovals = kept(new Map<string, ReturnType<typeof setTimeout>>(), (timers) => timers.forEach(clearTimeout));
const latestRequest = storeRequest();

export const loadArticles = (): Promise<void> =>
  latestRequest(
    api.articles(),
    (all) => {
      const kept = all.filter(({ id }) => !pendingRemovals.has(id));
      Object.assign(articleList, { articles: inOrder(kept), problem: "" });
    },
    (error) => {
      articleList.problem = explain(error);
    },
  );

const inOrder = (articles: ArticleOut[]): ArticleOut[] =>
  articles.toSorted((a, b) => a.title.localeCompare(b.title, "ru"));

export async function save(id: string, article: ArticleIn): Promise<ArticleOut> {
  const saved = await api.saveArticle(id, article);
  put(saved);
  return saved;
}

function put(article: ArticleOut): void {
  articleList.articles = inOrder([...(articleList.articles ?? []).filter(({ id }) => id !== article.id), article]);
  // What was asked for before may come without it.
  if (latestRequest.waits()) latestRequest.again(loadArticles);
}

/** It is gone from the list at once and from the hub when it is too late for second thoughts. */
export function remove(article: ArticleOut, said: string): void {
  articleList.articles = (articleList.articles ?? []).filter(({ id }) => id !== article.id);
  const timer = setTimeout(() => void removeNow(article), UNDO_MS);
  pendingRemovals.set(article.id, timer);
  toast(said, {
    undo: () => {
      clearTimeout(timer);
      pendingRemovals.delete(article.id);
      put(article);
    },
  });
}

async function removeNow(article: ArticleOut): Promise<void> {
  pendingRemovals.delete(article.id);
  try {
    await api.deleteArticle(article.id);
  } catch (error) {
    put(article);
    toast(explain(error), { tone: "bad" });
  }
}

/** The page or the desk is being left: what was deleted stays deleted. */
async function removeAllNow(): Promise<void> {
  const going = [...pendingRemovals];
  pendingRemovals.clear();
  for (const [, timer] of going) clearTimeout(timer);
  await Promise.allSettled(going.map(([id]) => api.deleteArticle(id)));
}

addEventListener("pagehide", () => void removeAllNow());
onSignOut(removeAllNow);
