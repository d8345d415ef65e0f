/** What this room asks of the hub. */

import { address, get, post } from "@/api/client";
import type { AnswerIn, AsideIn, BlockIn, ContactIn, DismissIn, PatternIn, ScansIn, SentIn } from "@/api/types";

export const blocks = () => get("/api/blocks");
export const addBlock = (what: BlockIn) => post("/api/blocks", {}, what);
export const previewBlock = (whom: PatternIn) => post("/api/blocks/affected", {}, whom);
export const liftBlock = (id: string) => post("/api/blocks/{block}/lift", { block: id });
export const restoreBlock = (id: string) => post("/api/blocks/{block}/restore", { block: id });
export const heldMessages = () => get("/api/aside");
export const releaseHeld = (which: AsideIn) => post("/api/aside/release", {}, which);
export const answerHeld = (which: AnswerIn) => post("/api/aside/answer", {}, which);
export const dismissHeld = (which: DismissIn) => post("/api/aside/dismiss", {}, which);
export const registerContact = (what: ContactIn) => post("/api/contacts", {}, what);
export const addScans = (id: string, what: ScansIn) => post("/api/conversations/{conversation}/scans", { conversation: id }, what);
export const paperAddress = (id: string, record: string) => address("/api/conversations/{conversation}/replies/{record}/file", { conversation: id, record });
export const markSent = (id: string, record: string, what: SentIn) => post("/api/conversations/{conversation}/replies/{record}/sent", { conversation: id, record }, what);
export const blocksTable = address("/api/blocks.csv");
