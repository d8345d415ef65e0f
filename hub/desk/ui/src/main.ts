import { startTicking } from "@/ui/now";
import { followAddress } from "@/shell/route";
import { speakAsBefore, words } from "@/words";
import { createApp } from "vue";
import Desk from "./Desk.vue";
import "@/ui/style/tokens.css";
import "@/ui/style/base.css";
import "@/ui/style/controls.css";
import "@/ui/style/gate.css";
import "@/ui/style/panes.css";
import "@/ui/style/figures.css";

startTicking();
followAddress();
void speakAsBefore().then(() => createApp(Desk).use(words).mount("#desk"));
