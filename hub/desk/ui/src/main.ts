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
