/** Questions of one kind, of which several may be under way: only the answer to the last one counts. */

import { Refused } from "./request";

export interface LatestRequest {
  /** What was refused, or could not be asked, is `refused`, too, only of the last one. */
  <T>(question: Promise<T>, take: (answer: T) => void, refused: (error: Refused) => void): Promise<void>;
  /** Whether an answer is awaited: what is told meanwhile may not be in it. */
  waits(): boolean;
  /** Ask, or ask once more when what is awaited has come, which is not taken then. */
  again(ask: () => Promise<void>): void;
  /** What is under way is for nobody any more. */
  drop(): void;
}

export function latest(): LatestRequest {
  let asked = 0;
  let waits = false;
  let next: (() => Promise<void>) | undefined;
  let passed = false;
  const asking = async <T>(question: Promise<T>, take: (answer: T) => void, refused: (error: Refused) => void): Promise<void> => {
    const mine = ++asked;
    waits = true;
    next = undefined;
    const outcome = await question.then(
      (answer) => () => take(answer),
      (error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        return () => refused(error);
      },
    );
    if (mine !== asked) return;
    waits = false;
    const more = next as (() => Promise<void>) | undefined; // set meanwhile
    // Where things are told all the time the second one is taken, after all.
    passed = more !== undefined && !passed;
    if (!passed) outcome();
    await more?.();
  };
  const again = (ask: () => Promise<void>): void => {
    if (waits) next = ask;
    else void ask();
  };
  const drop = (): void => {
    asked += 1;
    [waits, next, passed] = [false, undefined, false];
  };
  return Object.assign(asking, { waits: () => waits, again, drop });
}
