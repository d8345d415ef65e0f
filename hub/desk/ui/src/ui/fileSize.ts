const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** «12 кБ», «1,4 МБ». */
export function sizeText(bytes: number, locale: string): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const shape: Intl.NumberFormatOptions = {
    style: "unit",
    unit: UNITS[step] ?? "byte",
    unitDisplay: step === 0 ? "short" : "narrow",
    maximumFractionDigits: step < 2 ? 0 : 1,
  };
  return new Intl.NumberFormat(locale, shape).format(bytes / 1000 ** step);
}
