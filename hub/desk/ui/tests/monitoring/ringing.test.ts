import { forgetStores } from "@/ui/stores";
import type { AlarmOut } from "@/api/types";
import { alarms, alarmsOf, unacknowledged, firstUnacknowledged, alarmDuration, alarmText } from "@/monitoring/alarms";
import { now } from "@/ui/now";
import { notYetRung } from "@/monitoring/ringing";
import { afterEach, expect, test } from "vitest";

afterEach(() => {
  forgetStores();
  localStorage.clear();
});

const AT = Date.parse("2026-03-02T09:00:00Z");
const alarm = (id: string, more: Partial<AlarmOut> = {}): AlarmOut => ({
  id, trouble: "waiting", about: "general", line: "", title: "Общая", began: "2026-03-02T09:00:00Z", ended: null, limit: 10, value: 12, worst: 15,
  acknowledged: null, acknowledged_by: "", word: "", quiet_until: null, quiet_by: "", mine: true, ...more,
});

// MC-01
test("an alarm calls until somebody has seen to it, and again when its silence is over", () => {
  now.value = AT;
  const quiet = alarm("quiet", { quiet_until: "2026-03-02T09:15:00Z" });
  alarms.list = [quiet, alarm("taken", { acknowledged: "2026-03-02T09:00:30Z" }), alarm("of another", { mine: false })];
  expect([unacknowledged.value.map(({ id }) => id), firstUnacknowledged()]).toEqual([["of another"], undefined]);
  now.value = AT + 15 * 60_000;
  expect(firstUnacknowledged()?.id).toBe("quiet");
});

// MC-01
test("each is rung for once in a browser, and of channels everybody hears", () => {
  expect([notYetRung(["a", "b"]), notYetRung(["b", "c"]), notYetRung(["a"])]).toEqual([["a", "b"], ["c"], []]);
  alarms.list = [alarm("line", { about: "social" }), alarm("channel", { trouble: "channel", about: "sms.smpp" })];
  expect(alarmsOf(["general"]).map(({ id }) => id)).toEqual(["channel"]);
  now.value = AT + 90_000;
  expect([alarmText(alarm("one")), alarmText(alarm("one", { trouble: "wait_s", limit: 20 })), alarmDuration(alarm("one"))]).toEqual(["ждут 12, порог 10", "ждут дольше 20 с", "1:30"]);
});
