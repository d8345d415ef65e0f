import type { Card } from "@/api/types";
import { at, reportableFields, parseValue, parseDocuments, documentsInWords, documentsText, formatValue, withAt } from "@/knowledge/cardFields";
import { expect, test } from "vitest";

const card = { type: "public_service", id: "licence", title: "Права", fee: { rubles: 2000 } } as unknown as Card;

test("a value is put at its path, and what is empty is left out", () => {
  expect(at(card, "fee.rubles")).toBe(2000);
  expect(at(card, "appeal.term.days")).toBeUndefined();
  expect(withAt(card, "appeal.term.days", 15)).toMatchObject({ appeal: { term: { days: 15 } } });
  expect(withAt(card, "fee.rubles", undefined)).toEqual({ type: "public_service", id: "licence", title: "Права" });
  expect(card).toMatchObject({ fee: { rubles: 2000 } });
});

test("papers are lines by applicant and situation, and come back as they were", () => {
  const documents = [
    { applicant: "Гражданин от 18 лет", papers: [{ name: "Паспорт", note: "оригинал" }, { name: "Выписка", by_authority: true }] },
    { applicant: "Представитель", situation: "паспорт утрачен", papers: [{ name: "Доверенность" }] },
  ];
  const words = "Гражданин от 18 лет:\n- Паспорт | оригинал\n- Выписка *\nПредставитель (паспорт утрачен):\n- Доверенность";
  expect(documentsText(documents)).toBe(words);
  expect(parseDocuments(words)).toEqual(documents);
  expect(documentsInWords(documents, "запросят сами")).toBe("Гражданин от 18 лет:\n– Паспорт: оригинал\n– Выписка (запросят сами)\nПредставитель (паспорт утрачен):\n– Доверенность");
  expect(parseDocuments("- Паспорт")).toEqual([{ applicant: "", papers: [{ name: "Паспорт" }] }]);
});

test("hours are a day a line", () => {
  const week = { working_day: ["09:00-13:00", "14:00-18:00"], saturday: [] };
  expect(parseValue("week", formatValue("week", week))).toEqual(week);
  expect(parseValue("week", "2026-12-31: 09:00-13:00")).toEqual({ "2026-12-31": ["09:00-13:00"] });
});

test("what is nobody's to correct cannot be flagged", () => {
  expect(reportableFields("office")).toEqual(["name", "authority", "address", "phones", "hours", "services", "accessible"]);
  expect(reportableFields("service")).toContain("fee");
});
