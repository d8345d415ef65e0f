/** One way to the hub: JSON there and back (a file goes as it is), the CSRF token on every change, and refusals as `Refused`. */

/** The hub said no, or (status 0) could not be reached. `text` is for people and may be empty. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: string,
    readonly retryAfterS: number | null = null,
  ) {
    super(text || code);
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

let csrf = "";
let skewMs = 0;
let onLost = (): void => {};
let staying = new AbortController();

export function setCsrfToken(token: string): void {
  csrf = token;
}

/** What to do when a request finds the session ended. */
export function onSessionLost(react: () => void): void {
  onLost = react;
}

/**
 * Whoever leaves waits for nothing more and asks for nothing but `last`, until `startAnew`. What is under way, or is asked meanwhile
 * (the hub tells the open screen that a session ended), would only be refused: it is never answered.
 */
export async function leaveWith(last: () => Promise<unknown>): Promise<void> {
  startAnew();
  const parting = last();
  staying = new AbortController();
  staying.abort();
  await parting.catch(() => {});
}

/** Nobody is here any more: what was asked is answered to nobody, and whoever comes may ask. */
export function startAnew(): void {
  staying.abort();
  staying = new AbortController();
}

/** The hub's time: a desk whose clock is wrong would paint every waiting clock in the wrong colour. */
export function hubNow(): number {
  return Date.now() + skewMs;
}

/** `parting`: the page is being left, and the request must outlive it (Fetch: at most 64 KiB of such bodies at once). */
export async function request<T>(method: Method, path: string, body?: unknown, parting = false): Promise<T> {
  const { signal } = staying;
  try {
    return await ask<T>(method, path, body, signal, parting);
  } catch (error) {
    if (signal.aborted) return new Promise<T>(() => {});
    throw error;
  }
}

async function ask<T>(method: Method, path: string, body: unknown, signal: AbortSignal, keepalive: boolean): Promise<T> {
  const began = csrf;
  const response = await answer(method, path, body, signal, keepalive);
  noticeClock(response.headers.get("date"));
  if (response.ok) return (response.status === 204 ? {} : await response.json()) as T;
  const refused = await refusal(response);
  // A wrong password or code is a 401, too, and ends no session.
  // What was asked before somebody signed in anew ends nothing of his.
  if (refused.code === "not_signed_in" && began === csrf) onLost();
  throw refused;
}

async function answer(method: Method, path: string, body: unknown, signal: AbortSignal, keepalive: boolean): Promise<Response> {
  const headers = new Headers({ Accept: "application/json" });
  if (method !== "GET") headers.set("X-CSRF-Token", csrf);
  const file = body instanceof Blob;
  if (body !== undefined) headers.set("Content-Type", file ? "application/octet-stream" : "application/json");
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      cache: "no-store",
      signal,
      keepalive,
      ...(body === undefined ? {} : { body: file ? body : JSON.stringify(body) }),
    });
  } catch {
    throw new Refused(0, "unreachable", "");
  }
}

/** A file on its way: `told` hears which part of it is there. fetch() tells nothing of that. Gives up, and never answers, by `signal`. */
export function upload<T>(path: string, file: Blob, told: (part: number) => void, signal: AbortSignal): Promise<T> {
  const sent = new XMLHttpRequest();
  const { signal: stays } = staying;
  for (const each of [signal, stays]) each.addEventListener("abort", () => sent.abort(), { once: true });
  return new Promise((resolve, reject) => {
    sent.upload.addEventListener("progress", ({ loaded, total }) => told(total > 0 ? loaded / total : 0));
    sent.addEventListener("error", () => reject(new Refused(0, "unreachable", "")));
    sent.addEventListener("load", () => void uploaded<T>(sent).then(resolve, reject));
    sent.open("POST", path);
    sent.setRequestHeader("Accept", "application/json");
    sent.setRequestHeader("Content-Type", "application/octet-stream");
    sent.setRequestHeader("X-CSRF-Token", csrf);
    sent.send(file);
  });
}

async function uploaded<T>(sent: XMLHttpRequest): Promise<T> {
  if (sent.status === 200) return JSON.parse(sent.responseText) as T;
  const headers = new Headers({ "retry-after": sent.getResponseHeader("retry-after") ?? "" });
  const refused = await refusal(new Response(sent.responseText, { status: sent.status, headers }));
  if (refused.code === "not_signed_in") onLost();
  throw refused;
}

async function refusal(response: Response): Promise<Refused> {
  const after = Number(response.headers.get("retry-after") || Number.NaN);
  const said = (await response.json().catch(() => null)) as { error?: string; text?: string } | null;
  return new Refused(
    response.status,
    said?.error ?? "unknown",
    said?.text ?? "",
    Number.isFinite(after) ? after : null,
  );
}

function noticeClock(date: string | null): void {
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return;
  // The header has whole seconds: half a second is its mean error, and less than two is not worth correcting.
  const skew = theirs + 500 - Date.now();
  skewMs = Math.abs(skew) < 2000 ? 0 : skew;
}
