import { forgetStores } from "@/ui/stores";
import { select, selectUpTo, selected, clearSelection, groupBy, queuePosition } from "@/actions/selection";
import { updateConversations } from "@/conversations/inbox";
import { adopt } from "@/sign_in/session";
import { conversation, holder } from "../fixtures";
import { beforeEach, expect, test } from "vitest";

const rows = ["1", "2", "3", "4"].map((id) => conversation({ id, holder: holder({ queue: "general", operator: id === "4" ? "orlov" : "" }), waiting_since: `2026-11-25T10:00:0${id}Z` }));

beforeEach(() => {
  const nobody = { role: "operator", own_title: "", name: "", presence: "offline", csrf: "", must_change_password: false, must_enrol: false } as const;
  adopt({ ...nobody, login: "boss", permissions: ["see_all", "steer"], queues: [], centre: "", all_queues: [], all_topics: [], closing_fields: [], all_skills: [], passes: false, directory: [], centres: [], contractors: [], histories: false, presence_until: null, loan: null, linked: false, channels: [], timezone: "Europe/Moscow" });
  forgetStores();
  clearSelection();
  updateConversations(rows);
});

const ids = (): string[] => selected.value.map(({ id }) => id);

test("a choice is made one by one, or from one up to another", () => {
  select("1");
  selectUpTo("3", rows);
  select("2");
  expect(ids()).toEqual(["1", "3"]);
  clearSelection();
  expect(ids()).toEqual([]);
});

test("who does not wait any more is chosen no more", () => {
  select("1");
  select("2");
  updateConversations([conversation({ ...rows[0], holder: holder({ kind: "operator", operator: "orlov" }) })]);
  expect(ids()).toEqual(["2"]);
});

test("what the hub is told is where each stands", () => {
  expect([...groupBy(rows.map(queuePosition), ({ queue, operator }) => `${queue} ${operator}`)].map(([spot, those]) => [spot, those.length])).toEqual([["general ", 3], ["general orlov", 1]]);
});
