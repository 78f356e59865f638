/** The kubelet keeps this many bytes of a termination message and cuts the rest (k/k container runtime types). */
const terminationMessageBytesMax = 4096

const cutMark = '\n[cut]'

/**
 * Fits a text into a container's termination message: 4096 bytes of UTF-8 at most, never half a character.
 * The beginning is kept, because errors say first what is wrong.
 */
export function terminationMessage(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= terminationMessageBytesMax) return text
  let end = terminationMessageBytesMax - cutMark.length
  while (isContinuation(bytes[end])) end -= 1
  return bytes.toString('utf8', 0, end) + cutMark
}

/** A byte of the form 10xxxxxx stands inside a character (RFC 3629, section 3). */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}
