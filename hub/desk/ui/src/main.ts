import { startTicking } from "@/desk/now";
import { followAddress } from "@/desk/route";
import { words } from "@/words";
import { createApp } from "vue";
import Desk from "./Desk.vue";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/gate.css";
import "./style/panes.css";
import "./style/figures.css";

startTicking();
followAddress();
createApp(Desk).use(words).mount("#desk");
