/** A talk on the telephone, and the lines that bring it. */

/** How one exchange is: calls come over it (`ready`), or why they do not. */
export type Registration = "connecting" | "ready" | "lost" | "refused";

export type PhoneProblem = "microphone" | "insecure";

export interface PhoneCall {
  /** The conversation that the hub has named; "" for a call of which it tells nothing. */
  conversation: string;
  number: string;
  stage: "rings" | "joins" | "talks";
  /** When they began to hear each other, in the hub's time. */
  since: number;
  muted: boolean;
  held: boolean;
}
