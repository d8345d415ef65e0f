const DAY_MS = 86_400_000;

/** The day so many days ago where this browser is, as YYYY-MM-DD: around midnight that of UTC is another one. */
export const dayAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toLocaleDateString("sv-SE");
