/** What this room asks of the hub. */

import { address, get, post } from "@/api/client";
import type { AnswerIn, AsideIn, BlockIn, DismissIn, PatternIn } from "@/api/types";


export const blocks = () => get("/api/blocks");
export const addBlock = (what: BlockIn) => post("/api/blocks", {}, what);
export const previewBlock = (whom: PatternIn) => post("/api/blocks/affected", {}, whom);
export const liftBlock = (id: string) => post("/api/blocks/{block}/lift", { block: id });
export const restoreBlock = (id: string) => post("/api/blocks/{block}/restore", { block: id });
export const heldMessages = () => get("/api/aside");
export const releaseHeld = (which: AsideIn) => post("/api/aside/release", {}, which);
export const answerHeld = (which: AnswerIn) => post("/api/aside/answer", {}, which);
export const dismissHeld = (which: DismissIn) => post("/api/aside/dismiss", {}, which);
export const blocksTable = address("/api/blocks.csv");
