import { type Route, address, parse } from "@/shell/route";
import { SCREENS, routeTo } from "@/shell/screens";
import { ru } from "@/words/ru";
import { expect, test } from "vitest";

test.each<Route>([
  { screen: "inbox", view: "mine", id: "" },
  { screen: "inbox", view: "recent", id: "383676277036417024" },
  { screen: "archive", id: "" },
  { screen: "articles", id: "+" },
  { screen: "figures", id: "" },
  { screen: "scripts", id: "complaint" },
  { screen: "notices", id: "ready-1" },
  { screen: "figures", id: "2026-11-24" },
  { screen: "robot", id: "", item: "" },
  { screen: "robot", id: "draft", item: "data/nlu.yml" },
  { screen: "complaints", id: "recommendations", item: "077-Р-1" },
  { screen: "audit" },
])("an address leads back to where it was made: %o", (route) => {
  expect(parse(address(route))).toEqual(route);
});

test.each(["", "#/", "#/inbox/theirs", "#/nowhere", "#/%E0%A4%A"])("%s leads nowhere", (hash) => {
  expect(parse(hash)).toBeNull();
});

test.each(SCREENS.map(({ name, takes }) => ({ name, takes })))("the address of $name says what it takes, and no more", ({ name, takes }) => {
  const made = routeTo(name, ["one", "two", "three"]);
  expect(Object.keys(made)).toEqual(["screen", ...takes]);
  expect(parse(address(made))).toEqual(made);
  expect(ru.screen).toHaveProperty(name);
});
