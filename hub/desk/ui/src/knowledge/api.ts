/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { ArticleIn, BroughtIn, Card, CardKind, PlaceIn, Script } from "@/api/types";

export const CATALOGUE_FORMS = ["csv", "xlsx", "jsonld"] as const;
/** Versions of the cards that were seen, by name; 0 is a new one. */
type Seen = Record<string, number>;

export const articles = (text = "") => get("/api/articles", { text });
export const saveArticle = (id: string, article: ArticleIn) => put("/api/articles/{article}", { article: id }, article);
export const deleteArticle = (id: string) => del("/api/articles/{article}", { article: id });
export const cards = (sort: CardKind) => get("/api/handbook", { sort });
export const coverage = (subject: string) => get("/api/handbook-coverage", { subject });
export const outdatedTimes = () => get("/api/outdated-times", {});
export const competentBodies = (where: PlaceIn) => get("/api/handbook", { sort: "authority", ...where });
export const cardOf = (sort: CardKind, id: string) => get("/api/handbook/{sort}/{card}", { sort, card: id });
export const saveCard = (sort: CardKind, id: string, version: number, fields: Card) =>
  put("/api/handbook/{sort}/{card}", { sort, card: id }, { version, card: fields });
export const checkCard = (sort: CardKind, id: string, version: number) => post("/api/handbook/{sort}/{card}/check", { sort, card: id }, { version });
export const publishCard = (sort: CardKind, id: string, version: number, since: string | null) =>
  post("/api/handbook/{sort}/{card}/publish", { sort, card: id }, { version, since });
export const discardCard = (sort: CardKind, id: string, version: number) =>
  post("/api/handbook/{sort}/{card}/discard", { sort, card: id }, { version });
export const withdrawCard = (sort: CardKind, id: string) => post("/api/handbook/{sort}/{card}/withdraw", { sort, card: id });
export const cardChanges = (sort: CardKind, id: string, version: number) =>
  get("/api/handbook/{sort}/{card}/editions/{version}", { sort, card: id, version });
export const catalogue = () => get("/api/catalogue");
export const catalogueFile = (form: (typeof CATALOGUE_FORMS)[number]) => address("/api/catalogue/file", { form });
export const previewFileImport = (file: BroughtIn) => post("/api/catalogue/look", {}, file);
export const importFile = (file: BroughtIn, seen: Seen) => post("/api/catalogue/take", {}, { ...file, seen });
/** `null` where it has not changed since it was pulled. */
export const previewPortalImport = (id: string, again: boolean) => post("/api/catalogue/portals/{portal}/look", { portal: id }, { again });
export const importFromPortal = (id: string, checksum: string, seen: Seen) =>
  post("/api/catalogue/portals/{portal}/take", { portal: id }, { checksum, seen });
export const undoImport = (id: string) => post("/api/catalogue/imports/{imported}/undo", { imported: id });
export const scripts = () => get("/api/scripts");
/** Version 0 is the last one. */
export const script = (key: string, version = 0) => get("/api/scripts/{script}", { script: key, version });
export const saveScript = (made: Script, version: number) => put("/api/scripts/{script}", { script: made.key }, { version, script: made });
export const checkScript = (made: Script) => post("/api/script-check", {}, made);
export const approveScript = (key: string, version: number) => post("/api/scripts/{script}/approve", { script: key }, { version });
export const withdrawScript = (key: string) => post("/api/scripts/{script}/withdraw", { script: key });
export const discardScript = (key: string, version: number) => post("/api/scripts/{script}/discard", { script: key }, { version });
/** Of all scripts, or of one. */
export const scriptFile = (key = "") => address("/api/script-file", key === "" ? {} : { script: key });
export const importScripts = (file: Blob) => post("/api/script-file", {}, file);
export const scriptFigures = (of: { since: string; until: string }) => get("/api/script-figures", of);
