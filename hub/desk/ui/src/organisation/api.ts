/** What this room asks of the hub. */

import { address, get, post, put } from "@/api/client";
import type { PackageIn, RevertIn, SettingsPreviewIn, SettleIn } from "@/api/types";


export const settings = () => get("/api/settings");
export const previewSettings = (of: SettingsPreviewIn) => post("/api/settings/preview", {}, of);
export const saveSettings = (what: SettleIn) => put("/api/settings", {}, what);
export const importSettings = (what: PackageIn) => post("/api/settings/file", {}, what);
export const revertSettings = (what: RevertIn) => post("/api/settings/revert", {}, what);
export const SETTINGS_FILE = address("/api/settings/file");
