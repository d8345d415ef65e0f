import type { MeOut } from "@/api/types";
import type { latest } from "@/api/latest";
import { deskOutbox } from "@/conversations/composer/deskOutbox";
import { me, restoreSession, signIn, signOut } from "@/sign_in/session";
import { stores } from "@/ui/stores";
import { afterEach, expect, test, vi } from "vitest";
import { isReactive, isRef, toRaw, unref } from "vue";

const SOURCES = import.meta.glob<string>("../../src/**/*.ts", { query: "?raw", import: "default", eager: true });
const MODULES = import.meta.glob<Record<string, unknown>>(["../../src/**/*.ts", "!../../src/main.ts", "!../../src/api/generated/**"]);

/** State that is nobody's: how this browser likes its desk, the moment, where the desk is, the line to the hub; and the session, which calls the registry. */
const NOBODYS = new Set([
  "api/request", "live/connection", "live/lists", "shell/keymap", "shell/preferences", "shell/route", "sign_in/session", "telephony/microphone", "ui/now", "ui/stores", "ui/viewport",
]);
const nameOf = (path: string): string => path.replace(/^.*\/src\//u, "").replace(/\.ts$/u, "");

/** A way to the live line, and a number. */
const HARMLESS = new Set(["conversations/timeline", "ui/toasts"]);

/** Of the first person, in every store. */
const SECRET = "Пётр Волков";

function fill(state: unknown): void {
  if (isRef(state)) state.value = SECRET;
  else if (state instanceof Map) state.set(SECRET, []);
  else if (state instanceof Set) state.add(SECRET);
  else if (Array.isArray(state)) state.push(SECRET);
  else if (isReactive(state)) for (const field of Object.keys(state as object)) (state as Record<string, unknown>)[field] = SECRET;
}

function seen(state: unknown): string {
  const plain: unknown = toRaw(unref(state));
  if (plain instanceof Map) return JSON.stringify([...plain]);
  return plain instanceof Set ? JSON.stringify([...plain]) : (JSON.stringify(plain) ?? "");
}

const person = (login: string): MeOut => ({ login, csrf: login, permissions: ["serve", "see_all"], channels: [], queues: [], all_queues: [], all_topics: [], centre: "" }) as unknown as MeOut;

function answering(...answers: unknown[]): void {
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json(answers.length > 1 ? answers.shift() : answers[0])));
}

afterEach(() => vi.unstubAllGlobals());

test("who comes next finds nothing of the one before in any store", async () => {
  await Promise.all(Object.values(MODULES).map((load) => load()));
  answering(person("first"));
  await signIn({ login: "first", password: "", code: "", passkey: null });
  expect(stores().length).toBeGreaterThan(80);
  const before = stores().map(({ state }) => seen(state));
  for (const { state } of stores()) fill(state);
  deskOutbox.items.push({ key: SECRET, conversation: "1", tab: "note", text: SECRET, at: 0, until: 0, problem: SECRET });
  expect(stores().filter(({ state }) => seen(state).includes(SECRET)).length).toBeGreaterThan(60);
  answering({});
  await signOut();
  answering(person("second"));
  await signIn({ login: "second", password: "", code: "", passkey: null });
  expect(me.value.login).toBe("second");
  expect(stores().map(({ state }) => seen(state))).toEqual(before);
  expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain(SECRET);
});

test("what was asked for before the session ended by itself is not taken in the next one", async () => {
  answering(person("first"));
  await restoreSession();
  const taken = vi.fn<() => void>();
  const questions = stores().map(({ state }) => state).filter((state): state is ReturnType<typeof latest> => typeof state === "function" && "again" in state);
  expect(questions.length).toBeGreaterThan(30);
  let answer: (() => void) | undefined;
  const late = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const asked = questions.map((ask) => ask(late, taken, taken));
  answering(person("second"));
  await signIn({ login: "second", password: "", code: "", passkey: null });
  answer?.();
  await Promise.all(asked);
  expect(taken).not.toHaveBeenCalled();
});

/** Made anew by every module that has it; types and constants of words are none. */
const STATE = /^(?:export )?(?:const \S+(?:: [^=\n]+)? = (?:shallowReactive|reactive|shallowRef|ref|latest|new (?:Map|Set)(?:<.*>)?\(\);)|const \w+ = \{.*latest\(\)|const \[.*latest\(\)|let )/mu;

test("every module makes its state where signing out forgets it", () => {
  const careless = Object.entries(SOURCES)
    .filter(([path, source]) => ![NOBODYS, HARMLESS].some((known) => known.has(nameOf(path))) && STATE.test(source) && !/\bonForget\(/u.test(source))
    .map(([path]) => nameOf(path));
  expect(careless).toEqual([]);
});

test("whoever forgets some of it by hand makes no reactive state beside the stores", () => {
  const reactive = /^(?:export )?const \S+(?:: [^=\n]+)? = (?:shallowReactive|reactive|shallowRef|ref|latest)\b/mu;
  expect(Object.entries(SOURCES).filter(([path, source]) => !NOBODYS.has(nameOf(path)) && reactive.test(source)).map(([path]) => nameOf(path))).toEqual([]);
});
