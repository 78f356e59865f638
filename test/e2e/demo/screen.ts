/** The demo's one screen of output: acts, tables, and checks that decide the exit code. */
import { styleText } from 'node:util'
import type { TrafficResult } from './traffic.ts'

export interface Screen {
  readonly colour: boolean
  /** Begins an act. */
  act(title: string): void
  /** One fact that must be true for the demo to succeed. */
  check(fact: string, holds: boolean): void
  note(text: string): void
  /** Raw lines of somebody's output, shortened to the width of the screen. */
  lines(lines: readonly string[]): void
  text(block: string): void
  traffic(rows: Readonly<Record<string, TrafficResult>>): void
  deviations(deviations: readonly string[]): void
  /** Prints the last line. @returns the exit code */
  end(): number
}

const width = 110

export function createScreen(out: NodeJS.WriteStream): Screen {
  const colour = out.isTTY === true && process.env.NO_COLOR === undefined
  const paint = (format: 'bold' | 'green' | 'red' | 'dim', text: string): string =>
    colour ? styleText(format, text) : text
  const print = (line: string): void => {
    out.write(`${line}\n`)
  }
  let checks = 0
  let failures = 0
  let acts = 0

  return {
    colour,
    act: (title) => {
      acts += 1
      print(`\n${paint('bold', `${acts}. ${title}`)}`)
    },
    check: (fact, holds) => {
      checks += 1
      if (!holds) failures += 1
      print(`   ${holds ? paint('green', 'ok  ') : paint('red', 'FAIL')} ${fact}`)
    },
    note: (text) => print(`        ${text}`),
    lines: (lines) => {
      for (const line of lines)
        print(paint('dim', `        ${line.length > width - 8 ? `${line.slice(0, width - 11)}...` : line}`))
    },
    text: (block) => print(block),
    traffic: (rows) => {
      print(`        ${''.padEnd(26)}requests   failed   p50      p99`)
      for (const [name, { requests, failed, p50Ms, p99Ms }] of Object.entries(rows)) {
        const figures = [
          `${requests}`.padEnd(10),
          `${failed}`.padEnd(8),
          `${p50Ms.toFixed(1)} ms`.padEnd(8),
          `${p99Ms.toFixed(0)} ms`,
        ]
        print(`        ${name.padEnd(26)}${figures.join(' ')}`)
      }
    },
    deviations: (deviations) => {
      if (deviations.length > 0) print(paint('dim', '\nNot as in a cluster:'))
      for (const deviation of deviations) print(paint('dim', `  - ${deviation}`))
    },
    end: () => {
      print(
        failures === 0
          ? `\n${paint('green', `all ${checks} checks hold`)}`
          : `\n${paint('red', `${failures} of ${checks} checks failed`)}`,
      )
      return failures === 0 ? 0 : 1
    },
  }
}
