/** The last output of one container, all its runs after one another. */

const bytesMax = 1_048_576

export class LogBuffer {
  readonly #lines: string[] = []
  #bytes = 0
  #dropped = 0

  add(line: string): void {
    this.#lines.push(line)
    this.#bytes += line.length + 1
    while (this.#bytes > bytesMax && this.#lines.length > 1) {
      this.#bytes -= (this.#lines.shift()?.length ?? 0) + 1
      this.#dropped += 1
    }
  }

  /** Every line with its line end; the first says how many were dropped, if any were. */
  text(): string {
    const head = this.#dropped === 0 ? '' : `[${this.#dropped} earlier lines dropped]\n`
    return head + this.#lines.map((line) => `${line}\n`).join('')
  }
}
