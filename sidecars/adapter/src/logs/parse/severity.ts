/** Level names of the Go loggers as OpenTelemetry severity numbers (log data model, appendix B). */

const numbers: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  notice: 10,
  warn: 13,
  warning: 13,
  error: 17,
  dpanic: 18,
  panic: 19,
  critical: 21,
  fatal: 21,
}

/** slog writes levels between its four names as an offset: `DEBUG-2`, `ERROR+4` (log/slog, Level.String). */
const named = /^([a-z]+)([+-]\d{1,3})?$/i

/** @returns 1..24, or 0 for a name that no logger uses */
export function severityNumber(level: string): number {
  const [, name = '', offset = '0'] = named.exec(level) ?? []
  const base = numbers[name.toLowerCase()]
  return base === undefined ? 0 : Math.min(24, Math.max(1, base + Number(offset)))
}
