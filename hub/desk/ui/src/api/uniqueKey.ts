/** `crypto.randomUUID` is missing where the desk is served over plain HTTP in a local network; this is not. */
export function uniqueKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
