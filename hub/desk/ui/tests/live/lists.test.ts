import { Refused } from "@/api/request";
import { listsChanged, useList, renewLists } from "@/live/lists";
import { expect, test } from "vitest";
import { type App, createApp, h } from "vue";

/** All answers that are there are taken. */
const taken = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve));

function mounted<T>(ask: () => Promise<T>): { app: App; shown: ReturnType<typeof useList<T>> } {
  let shown!: ReturnType<typeof useList<T>>;
  const app = createApp({
    setup() {
      shown = useList("scripts", ask);
      return () => h("p");
    },
  });
  app.mount(document.createElement("div"));
  return { app, shown };
}

test("it is asked for again when it has changed, after a lost line, and not when it is shown no more", async () => {
  let times = 0;
  const { app, shown } = mounted(async () => (times += 1));
  listsChanged(["audit"]);
  await taken();
  expect([times, shown.found.value]).toEqual([1, 1]);
  listsChanged(["scripts"]);
  renewLists();
  await taken();
  expect([times, shown.found.value]).toEqual([3, 3]);
  app.unmount();
  listsChanged(["scripts"]);
  expect(times).toBe(3);
});

test("an answer that comes late takes no newer one's place, and a refusal nothing that is shown", async () => {
  const answers: ((told: string) => void)[] = [];
  let refuse = false;
  const { app, shown } = mounted(() => (refuse ? Promise.reject(new Refused(503, "unavailable", "Хранилище недоступно")) : new Promise<string>((resolve) => answers.push(resolve))));
  listsChanged(["scripts"]);
  answers[1]?.("new");
  answers[0]?.("old");
  await taken();
  expect(shown.found.value).toBe("new");
  refuse = true;
  await shown.load();
  expect([shown.found.value, shown.problem.value]).toEqual(["new", ""]);
  app.unmount();
});
