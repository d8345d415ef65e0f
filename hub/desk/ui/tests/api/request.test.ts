import { Refused, setCsrfToken, hubNow, leaveWith, request, onSessionLost, startAnew } from "@/api/request";
import { afterEach, expect, test, vi } from "vitest";

function hubAnswers(status: number, body: unknown, headers: Record<string, string> = {}) {
  const answer = vi.fn<typeof fetch>(() => Promise.resolve(new Response(JSON.stringify(body), { status, headers })));
  vi.stubGlobal("fetch", answer);
  return answer;
}

const refusal = async (): Promise<Refused> => {
  const error: unknown = await request("POST", "/api/x", {}).catch((reason: unknown) => reason);
  if (error instanceof Refused) return error;
  throw new Error("it was not refused");
};

afterEach(() => vi.unstubAllGlobals());

test("every change carries the token", async () => {
  const asked = hubAnswers(200, {});
  setCsrfToken("abc");
  await request("PUT", "/api/presence", { presence: "ready" });
  const [, options] = asked.mock.calls[0] as [string, RequestInit];
  expect(new Headers(options.headers).get("X-CSRF-Token")).toBe("abc");
  expect(options.body).toBe('{"presence":"ready"}');
});

test("a refusal keeps the hub's words and its patience", async () => {
  hubAnswers(429, { error: "too_fast", text: "Слишком часто." }, { "Retry-After": "7" });
  const refused = await refusal();
  expect([refused.code, refused.text, refused.retryAfterS, refused.passing]).toEqual(["too_fast", "Слишком часто.", 7, true]);
});

test("a proxy's page of HTML is a refusal too", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response("<html>", { status: 502 })));
  expect((await refusal()).passing).toBe(true);
});

test("no network is a refusal that may pass", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("failed")));
  expect(await refusal()).toMatchObject({ status: 0, passing: true });
});

test("an ended session is noticed, a wrong password is not one", async () => {
  const lost = vi.fn<() => void>();
  onSessionLost(lost);
  hubAnswers(401, { error: "bad_credentials", text: "" });
  await refusal();
  expect(lost).not.toHaveBeenCalled();
  hubAnswers(401, { error: "not_signed_in", text: "" });
  await refusal();
  expect(lost).toHaveBeenCalledOnce();
});

test("a wrong clock of this machine is corrected by the hub's", async () => {
  hubAnswers(200, {}, { Date: new Date(Date.now() + 90_000).toUTCString() });
  await request("GET", "/api/me");
  expect(Math.abs(hubNow() - Date.now() - 90_000)).toBeLessThan(1100);
  hubAnswers(200, {}, { Date: new Date(Date.now() + 400).toUTCString() });
  await request("GET", "/api/me");
  expect(hubNow() - Date.now()).toBeLessThan(5);
});

test("what was asked before somebody signed in anew ends no session", async () => {
  const lost = vi.fn<() => void>();
  onSessionLost(lost);
  setCsrfToken("old");
  vi.stubGlobal("fetch", async () => {
    setCsrfToken("new");
    return new Response(JSON.stringify({ error: "not_signed_in" }), { status: 401 });
  });
  await refusal();
  expect(lost).not.toHaveBeenCalled();
  await refusal();
  expect(lost).toHaveBeenCalledOnce();
});

test("whoever leaves waits for nothing more, and asks for nothing more than to leave", async () => {
  const asked: string[] = [];
  const parting: ((answer: Response) => void)[] = [];
  vi.stubGlobal("fetch", (path: string, { signal }: { signal: AbortSignal }) => {
    signal.throwIfAborted();
    asked.push(path);
    return new Promise<Response>((given, refuse) => {
      signal.addEventListener("abort", () => refuse(signal.reason));
      if (path === "/api/session") parting.push(given);
    });
  });
  const settled = vi.fn<() => void>();
  void request("GET", "/api/before").finally(settled);
  const left = leaveWith(() => request("DELETE", "/api/session"));
  void request("GET", "/api/meanwhile").finally(settled);
  parting[0]?.(new Response(null, { status: 204 }));
  await left;
  void request("GET", "/api/afterwards").finally(settled);
  expect(asked).toEqual(["/api/before", "/api/session"]);
  expect(settled).not.toHaveBeenCalled();
  startAnew();
  hubAnswers(200, { fine: true });
  expect(await request("GET", "/api/after")).toEqual({ fine: true });
});
