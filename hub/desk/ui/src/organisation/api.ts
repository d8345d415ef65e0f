/** What this room asks of the hub. */

import { address, get, post, put } from "@/api/client";
import type { Centre, Mfc, PackageIn, RevertIn, SettingsPreviewIn, SettleIn } from "@/api/types";


export const settings = () => get("/api/settings");
export const previewSettings = (of: SettingsPreviewIn) => post("/api/settings/preview", {}, of);
export const saveSettings = (what: SettleIn) => put("/api/settings", {}, what);
export const importSettings = (what: PackageIn) => post("/api/settings/file", {}, what);
export const revertSettings = (what: RevertIn) => post("/api/settings/revert", {}, what);
export const SETTINGS_FILE = address("/api/settings/file");

export const registry = () => get("/api/registry");
export const putCentre = (seen: string, record: Centre) => put("/api/registry/centres/{centre}", { centre: record.id }, { seen, record });
export const putMfc = (seen: string, record: Mfc) => put("/api/registry/mfcs/{mfc}", { mfc: record.id }, { seen, record });
export const attachMfc = (seen: string, mfc: string, since: string, attached: boolean) => post("/api/registry/attachments", {}, { seen, mfc, since, attached });
export const approveRegistry = (seen: string) => post("/api/registry/approve", {}, { seen });
export const discardRegistry = (seen: string) => post("/api/registry/discard", {}, { seen });
export const restoreRegistry = (seen: string, version: number) => post("/api/registry/restore", {}, { seen, version });
export const registryVersions = () => get("/api/registry/versions");
export const compareRegistry = (before: number, after: number) => get("/api/registry/compare", { before, after });
export const registryFile = (version: number) => address("/api/registry/file", { version });
export const takeRegistry = (seen: string, text: string, apply: boolean) => post("/api/registry/file", {}, { seen, text, apply });
