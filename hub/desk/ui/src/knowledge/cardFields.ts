/** The fields of a card as a form has them: by their paths, each with what it is written in. */

import type { Card, CardKind } from "@/api/types";

export type Kind = "text" | "long" | "lines" | "number" | "yes" | "date" | "authority" | "level" | "branch" | "ways" | "papers" | "week" | "topic" | "facts";

export interface Field {
  /** «appeal.term.days»; its words are `handbook.field.` and the path with `_` for dots. */
  path: string;
  kind: Kind;
}

const text = (...paths: string[]): Field[] => paths.map((path) => ({ path, kind: "text" }));
const term = (path: string): Field[] => ["working_days", "days", "hours"].map((unit) => ({ path: `${path}.${unit}`, kind: "number" }));
const ORIGIN: Field[] = [...text("origin.source", "origin.id"), { path: "origin.review", kind: "date" }, { path: "origin.demonstration", kind: "yes" }];
const PLACE = text("place.subject", "place.municipality", "place.mfc");

export const FIELDS: Record<CardKind, readonly Field[]> = {
  service: [
    ...text("title", "name"),
    { path: "level", kind: "level" },
    { path: "topic", kind: "topic" },
    { path: "authority", kind: "authority" },
    ...text("responsible"),
    { path: "about", kind: "long" },
    { path: "order", kind: "long" },
    ...term("term"),
    { path: "fee.free", kind: "yes" },
    { path: "fee.rubles", kind: "number" },
    ...text("fee.note"),
    { path: "documents", kind: "papers" },
    { path: "refusals", kind: "lines" },
    { path: "appeal.authority", kind: "authority" },
    ...text("appeal.how"),
    ...term("appeal.term"),
    ...text("result"),
    { path: "ways", kind: "ways" },
    { path: "questions", kind: "lines" },
    { path: "facts", kind: "facts" },
    ...ORIGIN,
  ],
  authority: [
    ...text("name", "short"),
    { path: "branch", kind: "branch" },
    ...PLACE,
    { path: "superior", kind: "authority" },
    { path: "controlled_by", kind: "lines" },
    ...text("official.post", "official.name", "official.phone"),
    { path: "contacts.phones", kind: "lines" },
    ...text("contacts.email", "contacts.site", "contacts.address"),
    ...ORIGIN,
  ],
  office: [
    ...text("name"),
    { path: "authority", kind: "authority" },
    ...text("address"),
    ...PLACE,
    { path: "phones", kind: "lines" },
    ...text("hours.zone", "hours.holidays"),
    { path: "hours.week", kind: "week" },
    { path: "hours.special", kind: "week" },
    { path: "services", kind: "lines" },
    ...text("accessible"),
    ...ORIGIN,
  ],
  article: [],
};

/** The fields that may be told to be out of date: the first steps of the paths. */
export const reportableFields = (sort: CardKind): string[] =>
  [...new Set(FIELDS[sort].map(({ path }) => path.split(".")[0] ?? ""))].filter((field) => !["level", "topic", "branch", "origin", "place", "questions", "facts", "short", "controlled_by"].includes(field));

type Fields = Record<string, unknown>;

export function at(card: Card, path: string): unknown {
  let value: unknown = card;
  for (const step of path.split(".")) value = (value as Fields | null | undefined)?.[step];
  return value ?? undefined;
}

/** A copy with a value at a path; what is empty is left out, and so is a group of which nothing is left. */
export function withAt(card: Card, path: string, value: unknown): Card {
  return put(card as unknown as Fields, path.split("."), value) as unknown as Card;
}

function put(fields: Fields, [step = "", ...rest]: string[], value: unknown): Fields {
  const { [step]: before, ...others } = fields;
  const next = rest.length === 0 ? value : put((before as Fields | null | undefined) ?? {}, rest, value);
  return isEmpty(next) ? others : { ...others, [step]: next };
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === "" || value === false || value === 0;
}

const linesOf = (words: string): string[] => words.split("\n").map((line) => line.trim()).filter(Boolean);

/** What stands in a field of the form. */
export function formatValue(kind: Kind, value: unknown): string {
  if (value === undefined) return "";
  if (kind === "lines") return (value as string[]).join("\n");
  if (kind === "papers") return documentsText(value as RequiredDocuments[]);
  if (kind === "week") return Object.entries(value as Record<string, string[]>).map(([day, spans]) => `${day}: ${spans.join(", ")}`).join("\n");
  return String(value);
}

/** What a field of the form stands for. */
export function parseValue(kind: Kind, words: string): unknown {
  if (kind === "lines") return linesOf(words);
  if (kind === "papers") return parseDocuments(words);
  if (kind === "week") return weekOf(words);
  if (kind === "number") return words === "" ? undefined : Number(words);
  return kind === "long" ? words : words.trim();
}

function weekOf(words: string): Record<string, string[]> {
  return Object.fromEntries(
    linesOf(words).map((line) => {
      const [day = "", spans = ""] = line.split(/:\s+|:$/u);
      return [day.trim(), spans.split(",").map((span) => span.trim()).filter(Boolean)];
    }),
  );
}

interface Paper {
  name: string;
  note?: string;
  by_authority?: boolean;
}

interface RequiredDocuments {
  applicant: string;
  situation?: string;
  papers: Paper[];
}

const OWN = /\s*\*$/u;

const listed = (documents: RequiredDocuments[], paper: (one: Paper) => string): string =>
  documents.map(({ applicant, situation, papers }) => [`${applicant}${situation ? ` (${situation})` : ""}:`, ...papers.map((one) => paper(one))].join("\n")).join("\n");

/** «Applicant (situation):», then a paper a line: «- Паспорт | оригинал», with * at its end where the body asks for it itself. */
export const documentsText = (documents: RequiredDocuments[]): string =>
  listed(documents, ({ name, note, by_authority }) => `- ${name}${note ? ` | ${note}` : ""}${by_authority ? " *" : ""}`);

/** The same for reading, without the marks of the form. */
export const documentsInWords = (documents: RequiredDocuments[], byAuthority: string): string =>
  listed(documents, ({ name, note, by_authority }) => `– ${name}${note ? `: ${note}` : ""}${by_authority ? ` (${byAuthority})` : ""}`);

export function parseDocuments(words: string): RequiredDocuments[] {
  const found: RequiredDocuments[] = [];
  for (const line of linesOf(words)) {
    if (line.startsWith("-")) {
      const plain = line.slice(1).trim();
      const [name = "", note = ""] = plain.replace(OWN, "").split("|").map((part) => part.trim());
      if (found.length === 0) found.push({ applicant: "", papers: [] });
      found.at(-1)?.papers.push({ name, ...(note ? { note } : {}), ...(OWN.test(plain) ? { by_authority: true } : {}) });
    } else {
      const [, applicant = "", situation = ""] = /^(.*?)(?:\s*\(([^()]*)\))?:?$/u.exec(line) ?? [];
      found.push({ applicant, papers: [], ...(situation ? { situation } : {}) });
    }
  }
  return found;
}
