import { startTicking } from "@/ui/now";
import { followAddress } from "@/shell/route";
import { restoreLanguage, words } from "@/words";
import { createApp } from "vue";
import Desk from "./Desk.vue";
import "@fontsource-variable/golos-text/wght.css";
import "@/ui/style/tokens.css";
import "@/ui/style/base.css";
import "@/ui/style/controls.css";
import "@/ui/style/gate.css";
import "@/ui/style/panes.css";
import "@/ui/style/figures.css";

startTicking();
followAddress();
void restoreLanguage().then(() => createApp(Desk).use(words).mount("#desk"));
// Without it the desk works as well: it cannot be opened by a page of its own while there is no network.
if (import.meta.env.PROD && "serviceWorker" in navigator) navigator.serviceWorker.register("/desk/service-worker.js").catch(() => {});
