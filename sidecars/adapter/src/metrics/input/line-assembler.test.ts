import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLineAssembler } from './line-assembler.ts'

/** An intake that writes down its lines. */
function recordingIntake() {
  const lines: string[] = []
  const line = (bytes: Buffer, start: number, end: number): void => {
    if (end > start) lines.push(bytes.toString('utf8', start, end))
  }
  const packet = (bytes: Buffer): void => {
    for (const text of bytes.toString('utf8').split('\n')) line(Buffer.from(text), 0, Buffer.byteLength(text))
  }
  return { lines, intake: { line, packet } }
}

it('gives the same lines wherever the stream is cut', () => {
  const line = fc.stringMatching(/^[a-z:|é]{1,10}$/)
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 20 }),
      fc.array(fc.nat({ max: 200 })),
      fc.boolean(),
      (all, cuts, closed) => {
        const bytes = Buffer.from(all.join('\n') + (closed && all.length > 0 ? '\n' : ''))
        const { lines, intake } = recordingIntake()
        const assembler = createLineAssembler(intake)
        let from = 0
        for (const cut of cuts.toSorted((a, b) => a - b)) {
          assembler.push(bytes.subarray(from, Math.max(from, cut)), 0)
          from = Math.max(from, cut)
        }
        assembler.push(bytes.subarray(from), 0)
        assembler.end(0)
        expect(lines).toEqual(all)
      },
    ),
  )
})

it('holds no more of an endless line than is needed to know that it is too long', () => {
  const { lines, intake } = recordingIntake()
  const assembler = createLineAssembler(intake)
  for (let n = 0; n < 100; n += 1) assembler.push(Buffer.alloc(4096, 'x'), 0)
  assembler.push(Buffer.from('\nfoo:1|c\n'), 0)
  expect(lines.map((line) => line.length)).toEqual([8193, 7])
})
