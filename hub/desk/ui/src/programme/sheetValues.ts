/** How values of rows read. */

import type { SheetField, SheetValue } from "./sheets";
import { places } from "@/organisation/places";
import { useI18n } from "vue-i18n";

export function useSheetValues() {
  const { t, n, d } = useI18n();
  function shown(field: SheetField, value: SheetValue | undefined): string {
    if (field.choices?.includes(value ?? null)) return t(`programme.choice.${value ?? null}`);
    if (value === null || value === undefined || value === "") return "—";
    if (field.as === "date") return d(new Date(`${value}T12:00:00Z`), "day");
    if (field.as === "subject") return places.value?.subjects.find(({ id }) => id === value)?.title ?? String(value);
    return field.as === "number" ? n(Number(value)) : String(value);
  }
  return { shown, label: (name: string): string => t(`programme.field.${name}`) };
}
