/** Parts of the desk that are loaded when somebody opens them: the first load is what everybody needs. */

import { connected } from "@/live/connection";
import * as phone from "@/telephony/phone";
import { words } from "@/words";
import { type Component, defineAsyncComponent, h, watch } from "vue";

const RELOADED = "okno.reloaded";
/** Whoever has just loaded the page anew in vain is not helped by doing so again. */
const AGAIN_MS = 60_000;

/** Without a line it is loaded when there is one again; where it is there no more, the hub has a newer desk, and that is loaded whole. */
export const lazy = (load: () => Promise<{ default: Component }>, meanwhile: { loadingComponent?: Component; delay?: number } = {}): Component =>
  defineAsyncComponent({
    loader: load,
    ...meanwhile,
    onError(_, retry, fail, attempts) {
      if (!connected.value) {
        const stop = watch(connected, (yes) => {
          if (!yes) return;
          stop();
          retry();
        });
      } else if (attempts === 1) retry();
      else if (phone.currentCall.value !== null || Date.now() - Number(sessionStorage.getItem(RELOADED) ?? 0) < AGAIN_MS) fail();
      else {
        sessionStorage.setItem(RELOADED, String(Date.now()));
        location.reload();
      }
    },
  });

/** A page has a main part at every moment (WCAG 1.3.1). */
const Coming: Component = () => h("main", { "id": "main", "tabindex": -1, "aria-busy": true }, h("h1", { class: "unseen" }, words.global.t("common.loading")));

export const lazyScreen = (load: () => Promise<{ default: Component }>): Component => lazy(load, { loadingComponent: Coming, delay: 0 });
