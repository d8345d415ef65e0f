/** What this room asks of the hub. */

import { address, del, get, post, put } from "@/api/client";
import type { ChannelSetupIn, ChannelSwitchIn, FloorMessageIn, MeasureIn } from "@/api/types";

export const recordMeasure = (id: string, words: MeasureIn) => post("/api/conversations/{conversation}/measure", { conversation: id }, words);
export const checkChannel = (channel: string) => post("/api/channels/{channel}/trial", { channel });
export const channels = () => get("/api/channels");
export const floorPeople = () => get("/api/floor/people");
export const pauseOperator = (login: string, on: boolean) => post("/api/floor/people/{login}/pause", { login }, { on });
export const floorAlarms = () => get("/api/floor/alarms");
export const acknowledgeAlarm = (id: string, word: string) => post("/api/floor/alarms/{alarm}/acknowledge", { alarm: id }, { word });
export const silenceAlarm = (id: string, minutes: number) => post("/api/floor/alarms/{alarm}/silence", { alarm: id }, { minutes });
export const alarmLog = (days: number) => get("/api/floor/alarms/log", { days });
export const alarmFile = (days: number) => address("/api/floor/alarms/file", { days });
export const floorMessages = () => get("/api/floor/messages");
export const sendFloorMessage = (id: string, what: FloorMessageIn) => put("/api/floor/messages/{message}", { message: id }, what);
export const readFloorMessage = (id: string) => post("/api/floor/messages/{message}/read", { message: id });
export const withdrawFloorMessage = (id: string) => del("/api/floor/messages/{message}", { message: id });
export const channelSetups = () => get("/api/channel-setups");
export const saveChannelSetup = (driver: string, what: ChannelSetupIn) => put("/api/channel-setups/{driver}", { driver }, what);
export const tryChannelSetup = (driver: string, what: ChannelSetupIn) => post("/api/channel-setups/{driver}/trial", { driver }, what);
export const switchChannel = (driver: string, what: ChannelSwitchIn) => post("/api/channel-setups/{driver}/switch", { driver }, what);
