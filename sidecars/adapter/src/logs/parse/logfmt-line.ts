/** A line of `key=value` pairs: slog's text handler, logrus, go-kit. */

const pair = /\s*([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$)/y

/** Pairs without one of these could be any prose with an equals sign in it. */
const tellTale = new Set(['time', 'ts', 'level', 'lvl', 'msg', 'message'])

/** @returns the fields, or undefined when the line is anything but pairs, or none of them is a logger's own. Never throws. */
export function logfmtFields(line: string): Readonly<Record<string, string>> | undefined {
  const fields: Record<string, string> = {}
  const text = line.trimEnd()
  pair.lastIndex = 0
  while (pair.lastIndex < text.length) {
    const [, key, quoted, bare] = pair.exec(text) ?? []
    if (key === undefined) return undefined
    fields[key] = quoted === undefined ? (bare ?? '') : unescaped(quoted)
  }
  return Object.keys(fields).some((key) => tellTale.has(key)) ? fields : undefined
}

/** Go quotes with strconv.Quote, whose escapes are JSON's and a few more; those few are kept as written. */
function unescaped(quoted: string): string {
  if (!quoted.includes('\\')) return quoted
  try {
    return JSON.parse(`"${quoted}"`)
  } catch {
    return quoted
  }
}
