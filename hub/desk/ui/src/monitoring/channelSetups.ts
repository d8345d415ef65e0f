/** Channels that are set up here: their drivers' forms, what is stored of them, and how what is typed becomes what is sent. */

import * as api from "./api";
import type { ChannelFault, ChannelField, ChannelSetupOut, ChannelSetupsOut } from "@/api/types";
import { explain } from "@/ui/problems";
import { store, storeRequest } from "@/ui/stores";

export type Draft = Record<string, unknown>;
/** A secret as the form has it: what is stored of it, and what is typed to replace it. */
export interface SecretDraft {
  kept?: string;
  at?: string;
  by_name?: string;
  put?: string;
}

export const setups = store<{ found: ChannelSetupsOut | null; problem: string }>(() => ({ found: null, problem: "" }));
const latest = storeRequest();

export const loadSetups = (): Promise<void> =>
  latest(
    api.channelSetups(),
    (found) => void Object.assign(setups, { found, problem: "" }),
    (error) => void (setups.problem = explain(error)),
  );

/** Whether few centres need it: such fields stand apart, by the names of the configuration file. */
export const rare = (field: ChannelField): boolean => field.title === "" && !field.required;

const record = (value: unknown): Draft => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Draft) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
/** A group with a secret is what a channel connects to: there is one at least. */
const connects = (field: ChannelField): boolean => (field.fields ?? []).some(({ kind }) => kind === "secret");

/** What a form begins with: the stored values, and a place for each field that is asked for. */
export function drafted(fields: readonly ChannelField[], values: Draft, fresh: boolean): Draft {
  return Object.fromEntries(fields.flatMap((field): [string, unknown][] => {
    const value = values[field.name];
    const inner = field.fields ?? [];
    switch (field.kind) {
      case "group":
        return value === undefined && !field.required ? [] : [[field.name, drafted(inner, record(value), fresh)]];
      case "groups": {
        const stored = list(value).map((each) => drafted(inner, record(each), false));
        return [[field.name, stored.length === 0 && fresh && field.title !== "" && connects(field) ? [drafted(inner, {}, true)] : stored]];
      }
      case "secret":
        return [[field.name, { ...record(field.many ? list(value)[0] : value) }]];
      case "list":
        return [[field.name, list(value).join("\n")]];
      case "table":
        return [[field.name, Object.entries(record(value)).map(([name, told]) => `${name} = ${String(told)}`).join("\n")]];
      case "yes":
        return [[field.name, value ?? field.default === "yes"]];
      default:
        return [[field.name, value ?? ""]];
    }
  }));
}

/** What the hub is sent: nothing for an empty field. */
export function sent(fields: readonly ChannelField[], draft: Draft): Draft {
  return Object.fromEntries(fields.flatMap((field): [string, unknown][] => {
    const told = sentField(field, draft[field.name]);
    return told === undefined ? [] : [[field.name, told]];
  }));
}

function sentField(field: ChannelField, value: unknown): unknown {
  if (value === undefined) return undefined;
  const inner = field.fields ?? [];
  switch (field.kind) {
    case "group":
      return sent(inner, record(value));
    case "groups": {
      const all = list(value).map((each) => sent(inner, record(each)));
      return all.length > 0 ? all : undefined;
    }
    case "secret": {
      const { kept, put } = record(value) as SecretDraft;
      const told = put ? { put } : kept ? { kept } : undefined;
      return told && field.many ? [told] : told;
    }
    case "yes":
      return value === (field.default === "yes") ? undefined : value;
    case "number":
      return value === "" || value === null ? undefined : Number(value);
    default:
      return sentText(field, String(value));
  }
}

function sentText(field: ChannelField, text: string): unknown {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (lines.length === 0) return undefined;
  if (field.kind === "list") return lines;
  if (field.kind === "table") return Object.fromEntries(lines.map((line) => [line.split("=")[0]?.trim() ?? "", line.slice(line.indexOf("=") + 1).trim()]));
  return text.trim();
}

export const saveSetup = async (setup: ChannelSetupOut, values: Draft): Promise<ChannelFault[]> => (await api.saveChannelSetup(setup.driver, { version: setup.version, values: values as Record<string, never> })).faults;
export const trySetup = async (setup: ChannelSetupOut, values: Draft): Promise<ChannelFault[]> => (await api.tryChannelSetup(setup.driver, { version: setup.version, values: values as Record<string, never> })).faults;

export async function switchChannel({ driver, version }: ChannelSetupOut, on: boolean): Promise<void> {
  await api.switchChannel(driver, { version, on });
  await loadSetups();
}
