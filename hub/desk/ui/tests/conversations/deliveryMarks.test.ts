import { addressText, channelName } from "@/conversations/channelNames";
import { sanitised } from "@/conversations/letter";
import { marksOf } from "@/conversations/deliveryMarks";
import { timelineItems } from "@/conversations/timelineItems";
import { setTitles } from "@/conversations/channelTitles";
import { channelIcon } from "@/ui/icons";
import { entry } from "../fixtures";
import { expect, test } from "vitest";

const carried = (id: string, record: string, why: string, text = "") =>
  entry({ id, kind: "carried", author: null, at: `2026-11-24T10:0${id.length}:00Z`, record, why, text });

test("a mark is no line, and does not come between what one person says", () => {
  const lines = timelineItems([
    entry({ id: "1", author: "operator", by: "anna" }),
    carried("2", "1", "delivered"),
    entry({ id: "3", author: "operator", by: "anna" }),
  ]);
  expect(lines.map(({ entry }) => entry.id)).toEqual(["1", "3"]);
  expect(lines.map(({ goesOn }) => goesOn)).toEqual([false, true]);
});

test("the newest word counts, each message by itself", () => {
  const marks = marksOf([
    entry({ id: "1", author: "operator" }),
    entry({ id: "2", author: "operator" }),
    carried("3", "1", "failed", "абонент недоступен"),
    carried("4", "2", "delivered"),
    carried("5", "1", "delivered"),
    carried("6", "2", "read"),
  ]);
  expect([marks.get("1")?.state, marks.get("2")?.state, marks.get("3")]).toEqual(["delivered", "read", undefined]);
});

test("a failure says why", () => {
  expect(marksOf([carried("3", "1", "failed", "ящик переполнен")]).get("1")).toEqual({
    state: "failed",
    at: "2026-11-24T10:01:00Z",
    why: "ящик переполнен",
  });
});

test("each try that failed takes the place of the one before", () => {
  const marks = marksOf([carried("3", "1", "waiting", "номер занят, попыток: 1 из 6"), carried("4", "1", "waiting", "номер не отвечает, попыток: 2 из 6")]);
  expect([marks.get("1")?.state, marks.get("1")?.why]).toEqual(["waiting", "номер не отвечает, попыток: 2 из 6"]);
});

test("a mark waits for its message, and an unknown state is none", () => {
  expect([...marksOf([carried("30", "2", "delivered"), carried("31", "9", "sniffed")]).keys()]).toEqual(["2"]);
});

test("channels have names and pictures", () => {
  const icons = { web: "web", "web.form": "form", "web.hook": "hook", sms: "sms", email: "email", "messenger.max": "max", messenger: "messenger", "messenger.vk": "vk", fax: "fax", kiosk: "no such icon" };
  setTitles(Object.entries(icons).map(([channel, icon]) => ({ channel, icon, title: "Терминал", spoken: false, by_hand: false })));
  const channels = ["web.chat", "web.form", "web.hook", "sms.smpp", "email.imap", "messenger.max", "messenger.telegram", "messenger.vk", "fax.t38"];
  expect(channels.map(channelName)).toEqual([
    "Чат на сайте",
    "Форма на сайте",
    "Внешняя система",
    "СМС",
    "Почта",
    "MAX",
    "Telegram",
    "ВКонтакте",
    "Факс",
  ]);
  expect(new Set(channels.map(channelIcon)).size).toBe(channels.length);
  expect([channelName("pigeon.post"), channelIcon("pigeon.post")]).toEqual(["pigeon.post", "web"]);
  expect([channelName("kiosk.folder"), channelIcon("kiosk.folder")]).toEqual(["Терминал", "web"]);
});

const plain = (text: string): string => addressText(text).replaceAll("\u00A0", " ").replaceAll("\u2011", "-");

test("a Russian number is read in groups, whatever else stays", () => {
  expect(plain("+79161234521")).toBe("+7 916 123-45-21");
  expect(["ivan@mail.example.ru", "+375291234567", "•••21", ""].map(plain)).toEqual(["ivan@mail.example.ru", "+375291234567", "•••21", ""]);
});

test("a letter asks for nothing and leads nowhere", () => {
  const page = sanitised(`<body onload="steal()"><base href="https://evil.example/"><style>*{}</style><script>steal()</script>
     <p onclick="steal()" style="color:red" class="x">Добрый <b>день</b></p><a href="https://evil.example/" target="_top">сюда</a>
     <img src="https://evil.example/pixel.png" alt="логотип"><img src="data:image/png;base64,AA==" alt="печать">
     <form action="https://evil.example/"><input name="password"></form><svg onload="steal()"></svg>`);
  expect(page).toContain("<p>Добрый <b>день</b></p>");
  expect(page).toContain('<a title="https://evil.example/">сюда</a>');
  expect(page).toMatch(/<\/a>\s*логотип/u);
  expect(page).toContain('src="data:image/png;base64,AA=="');
  expect(page).not.toMatch(/steal|<base|<form|<svg|<script|style=|href="https|onclick|password/u);
  expect(page).toContain('<link rel="stylesheet" href="/desk/letter.css">');
});
