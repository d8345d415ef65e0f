import { hubNow } from "@/api/request";
import { shallowRef } from "vue";

/** The hub's time, renewed each second: every clock on the screen ticks from this one. */
export const now = shallowRef(hubNow());

export function startTicking(): void {
  setInterval(() => {
    now.value = hubNow();
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    now.value = hubNow();
  });
}
