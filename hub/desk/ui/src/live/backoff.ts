const FIRST_MS = 500;
const LONGEST_MS = 20_000;

/**
 * How long to wait before attempt number `attempt` (from 0): doubling, with full jitter in the upper half, so that a
 * hall of desks does not come back in one wave after the hub restarts.
 */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
