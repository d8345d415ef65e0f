/** Parts of the desk that are loaded when somebody opens them: the first load is what everybody needs. */

import { connected } from "@/desk/live";
import * as phone from "@/desk/phone";
import { type Component, defineAsyncComponent, watch } from "vue";

const RELOADED = "okno.reloaded";
/** Whoever has just loaded the page anew in vain is not helped by doing so again. */
const AGAIN_MS = 60_000;

/** Without a line it is loaded when there is one again; where it is there no more, the hub has a newer desk, and that is loaded whole. */
export const later = (load: () => Promise<{ default: Component }>): Component =>
  defineAsyncComponent({
    loader: load,
    onError(_, retry, fail, attempts) {
      if (!connected.value) {
        const stop = watch(connected, (yes) => {
          if (!yes) return;
          stop();
          retry();
        });
      } else if (attempts === 1) retry();
      else if (phone.talk.value !== null || Date.now() - Number(sessionStorage.getItem(RELOADED) ?? 0) < AGAIN_MS) fail();
      else {
        sessionStorage.setItem(RELOADED, String(Date.now()));
        location.reload();
      }
    },
  });
