/**
 * Which bytes may stand where in a message head, as tables from byte to 1 or 0. Everything that is not
 * listed here is refused: a byte that two parsers read differently is how requests are smuggled.
 */
export const tab = 0x09
export const cr = 0x0d
export const lf = 0x0a
export const space = 0x20
export const colon = 0x3a

/** Letters, digits and 15 marks: methods and field names (RFC 9110, 5.6.2). */
export const tokenBytes = tableOf((byte) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)))

/** Tab, space, visible ASCII and the bytes above it; no other control (RFC 9110, 5.5). */
export const fieldValueBytes = tableOf((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f))

/**
 * Visible ASCII without `#`, `\`, `"`, `<` and `>`: a fragment is never sent (RFC 9112, 3.2), and the
 * others are read as separators by some servers. `|`, `{`, `}` and `^` are as wrong, but common and harmless.
 */
export const targetBytes = tableOf(
  (byte) => byte > 0x20 && byte < 0x7f && !'#\\"<>'.includes(String.fromCharCode(byte)),
)

function tableOf(isAllowed: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isAllowed(byte) ? 1 : 0))
}
