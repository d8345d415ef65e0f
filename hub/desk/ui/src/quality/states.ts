/** What states of reviews look like. */
export const TONES = { drawn: "", taken: "warn", scored: "good", appealed: "warn", settled: "" } as const;
