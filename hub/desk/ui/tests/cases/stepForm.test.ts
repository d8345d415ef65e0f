import type { CaseDetailsOut, Need } from "@/api/types";
import StepForm from "@/cases/StepForm.vue";
import { words } from "@/words";
import { createApp } from "vue";
import { expect, test } from "vitest";

/** What the form asks for, by the hub's word of what an act needs. */
function asked(...needs: { field: "to" | "why"; kind: Need }[]): { fields: string[]; ready: boolean } {
  const root = document.createElement("div");
  const details = { case: { number: "077-261124-0000001-6" }, centres: [] } as unknown as CaseDetailsOut;
  const app = createApp(StepForm, { details, step: { act: "forward", needs, main: false } });
  app.use(words).mount(root);
  const fields = [...root.querySelectorAll("[data-test^=step-]:not(button)")].map((each) => `${each.getAttribute("data-test")} ${each.tagName}`);
  const ready = !root.querySelector<HTMLButtonElement>("[data-test=step-go]")?.disabled;
  app.unmount();
  return { fields, ready };
}

test("it asks for what the act needs, and for nothing else", () => {
  expect(asked({ field: "to", kind: "body" }, { field: "why", kind: "reason" }).fields).toEqual(["step-to INPUT", "step-why TEXTAREA"]);
  expect(asked({ field: "to", kind: "line" }).fields).toEqual(["step-to SELECT"]);
  expect(asked({ field: "to", kind: "centre" }).fields).toEqual(["step-to SELECT"]);
  expect(asked({ field: "why", kind: "answer" }).fields).toEqual(["step-why TEXTAREA"]);
});

test("nothing is done before all is said", () => {
  expect([asked({ field: "why", kind: "reason" }).ready, asked().ready]).toEqual([false, true]);
});
