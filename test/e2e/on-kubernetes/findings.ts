/** What a scenario found: facts that hold or do not, times, and remarks. Plain data, so that a report can be tested. */

export interface Findings {
  /** Something that must be so. `text` has the figures that were observed. */
  fact(text: string, holds: boolean): void
  /** A duration that was observed, in ms. */
  time(what: string, ms: number): void
  note(text: string): void
  /** Names of files that belong to the scenario. */
  file(path: string): void
}

export type Finding =
  | { readonly is: 'fact'; readonly text: string; readonly holds: boolean }
  | { readonly is: 'time'; readonly what: string; readonly ms: number }
  | { readonly is: 'note' | 'file'; readonly text: string }

export interface Outcome {
  readonly name: string
  readonly findings: readonly Finding[]
  readonly tookMs: number
  /** Why it could not be played to its end. */
  readonly error?: Error
}

/** @param onFinding is told of each at once */
export function collectFindings(
  onFinding: (finding: Finding) => void,
): Findings & { readonly all: readonly Finding[] } {
  const all: Finding[] = []
  const add = (finding: Finding): void => {
    all.push(finding)
    onFinding(finding)
  }
  return {
    all,
    fact: (text, holds) => add({ is: 'fact', text, holds }),
    time: (what, ms) => add({ is: 'time', what, ms }),
    note: (text) => add({ is: 'note', text }),
    file: (text) => add({ is: 'file', text }),
  }
}

/** A scenario that found nothing has proven nothing. */
export function hasPassed({ findings, error }: Outcome): boolean {
  const facts = findings.filter((finding) => finding.is === 'fact')
  return error === undefined && facts.length > 0 && facts.every(({ holds }) => holds)
}
