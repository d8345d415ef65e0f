/** The end of a list comes into sight: the next page is fetched, and the next, until it is out of sight again. */

import { type ShallowRef, onBeforeUnmount, watch } from "vue";

/** Before it is seen, so that nobody waits for rows while scrolling. */
const AHEAD = "600px";

/** `fetch` says whether it brought anything: what failed is not asked for again until the reader scrolls or presses the button. */
export function onReached(mark: Readonly<ShallowRef<HTMLElement | null>>, fetch: () => Promise<boolean>): void {
  let fetching = false;
  const observer = new IntersectionObserver((seen) => void fetchFor(seen), { rootMargin: AHEAD });

  async function fetchFor(seen: IntersectionObserverEntry[]): Promise<void> {
    if (fetching || !seen.some(({ isIntersecting }) => isIntersecting)) return;
    fetching = true;
    const fetched = await fetch().finally(() => (fetching = false));
    // Whoever begins to observe is told at once whether it is in sight still.
    if (fetched && mark.value !== null) {
      observer.unobserve(mark.value);
      observer.observe(mark.value);
    }
  }

  watch(mark, (now, before) => {
    if (before) observer.unobserve(before);
    if (now) observer.observe(now);
  }, { immediate: true });
  onBeforeUnmount(() => observer.disconnect());
}
