import { Refused } from "@/api/request";
import { heard, listed, renew } from "@/live/lists";
import { expect, test } from "vitest";
import { type App, createApp, h } from "vue";

/** All answers that are there are taken. */
const taken = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve));

function mounted<T>(ask: () => Promise<T>): { app: App; shown: ReturnType<typeof listed<T>> } {
  let shown!: ReturnType<typeof listed<T>>;
  const app = createApp({
    setup() {
      shown = listed("scripts", ask);
      return () => h("p");
    },
  });
  app.mount(document.createElement("div"));
  return { app, shown };
}

test("it is asked for again when it has changed, after a lost line, and not when it is shown no more", async () => {
  let times = 0;
  const { app, shown } = mounted(async () => (times += 1));
  heard(["audit"]);
  await taken();
  expect([times, shown.found.value]).toEqual([1, 1]);
  heard(["scripts"]);
  renew();
  await taken();
  expect([times, shown.found.value]).toEqual([3, 3]);
  app.unmount();
  heard(["scripts"]);
  expect(times).toBe(3);
});

test("an answer that comes late takes no newer one's place, and a refusal nothing that is shown", async () => {
  const answers: ((told: string) => void)[] = [];
  let refuse = false;
  const { app, shown } = mounted(() => (refuse ? Promise.reject(new Refused(503, "unavailable", "Хранилище недоступно")) : new Promise<string>((resolve) => answers.push(resolve))));
  heard(["scripts"]);
  answers[1]?.("new");
  answers[0]?.("old");
  await taken();
  expect(shown.found.value).toBe("new");
  refuse = true;
  await shown.load();
  expect([shown.found.value, shown.problem.value]).toEqual(["new", ""]);
  app.unmount();
});
