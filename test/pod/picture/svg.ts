/** The few words of SVG that a picture needs: elements with escaped texts, as a string. */

export type Attributes = Readonly<Record<string, string | number | undefined>>

/**
 * One element. Numbers keep one decimal, undefined attributes are left out.
 * @param children markup made by this function or by `text`, never a raw string from outside
 */
export function element(name: string, attributes: Attributes = {}, children: readonly string[] = []): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeXml(typeof value === 'number' ? tenths(value) : value)}"`],
  )
  const open = `<${name}${written.join('')}`
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`
}

/** A text at a place, with any characters in it. */
export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, [escapeXml(content)])
}

/** Characters that XML gives a meaning to, and those that it does not allow (XML 1.0, 2.2), which become U+FFFD. */
export function escapeXml(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
}

/** `12.3`, `12`: more digits than a tenth of a pixel make a file longer, and no picture better. */
export function tenths(value: number): string {
  return String(Math.round(value * 10) / 10)
}
