/** The catalogue as files and as portals have it: what they would change is looked at, chosen, taken in as drafts, and taken back. */

import { explain, succeeds } from "@/ui/problems";
import * as api from "./api";
import type { BroughtIn, CatalogueOut, DifferenceOut, LookedOut, TakenOut } from "@/api/types";
import { store, storeRequest } from "@/ui/stores";

/** Where what is looked at comes from; a file is sent again when it is taken. */
type From = { title: string; file: BroughtIn } | { title: string; portal: string };

interface Exchange {
  known: CatalogueOut | null;
  problem: string;
  busy: boolean;
  from: From | null;
  looked: LookedOut | null;
  /** Names of the records that are to be taken. */
  chosen: ReadonlySet<string>;
  /** What became of the last ones. */
  taken: TakenOut | null;
}

const NOTHING = { from: null, looked: null, chosen: new Set<string>(), taken: null };

export const exchange = store<Exchange>(() => ({ known: null, problem: "", busy: false, ...NOTHING }));
const latestRequest = storeRequest();

export const load = (): Promise<void> =>
  latestRequest(
    api.catalogue(),
    (known) => void Object.assign(exchange, { known, problem: "" }),
    (error) => {
      exchange.problem = explain(error);
    },
  );

async function busily(deed: () => Promise<void>): Promise<boolean> {
  exchange.busy = true;
  const done = await succeeds(deed);
  exchange.busy = false;
  return done;
}

function show(from: From, looked: LookedOut): void {
  Object.assign(exchange, { from, looked, chosen: new Set(looked.differences.map(({ name }) => name)), taken: null });
}

export const previewFile = (file: File, source: string, whole: boolean): Promise<boolean> =>
  busily(async () => {
    const brought = { name: file.name, content: await base64(file), source, whole };
    show({ title: file.name, file: brought }, await api.previewFileImport(brought));
  });

/** Whether there is something to be seen: "same" is a register that has not changed since it was pulled. */
export async function previewPortal(id: string, title: string, again: boolean): Promise<"seen" | "same" | "refused"> {
  let looked: LookedOut | null = null;
  const done = await busily(async () => {
    looked = await api.previewPortalImport(id, again);
    if (looked !== null) show({ title, portal: id }, looked);
  });
  if (!done) return "refused";
  return looked === null ? "same" : "seen";
}

export function choose(names: readonly string[], yes: boolean): void {
  const chosen = new Set(exchange.chosen);
  for (const name of names) {
    if (yes) chosen.add(name);
    else chosen.delete(name);
  }
  exchange.chosen = chosen;
}

export const importChosen = (): Promise<boolean> =>
  busily(async () => {
    const { from, looked } = exchange;
    if (from === null || looked === null) return;
    const seen = seenOf(looked.differences, exchange.chosen);
    const taken = "file" in from ? await api.importFile(from.file, seen) : await api.importFromPortal(from.portal, looked.checksum, seen);
    Object.assign(exchange, { looked: null, taken });
    await load();
  });

export const undoImport = (id: string): Promise<boolean> =>
  busily(async () => {
    const taken = await api.undoImport(id);
    Object.assign(exchange, NOTHING, { taken: taken.refused.length > 0 ? taken : null });
    await load();
  });

export function leave(): void {
  Object.assign(exchange, NOTHING, { busy: false });
}

export function seenOf(differences: readonly DifferenceOut[], chosen: ReadonlySet<string>): Record<string, number> {
  return Object.fromEntries(differences.filter(({ name }) => chosen.has(name)).map(({ name, version }) => [name, version]));
}

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result).split(",", 2)[1] ?? ""));
    reader.addEventListener("error", () => reject(reader.error ?? new Error("unreadable")));
    reader.readAsDataURL(file);
  });
}
