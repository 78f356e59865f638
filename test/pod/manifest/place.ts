/** Where in which file something stands, and how that is told. */
import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments } from 'yaml'

export interface ManifestFile {
  /** As shown in messages. */
  readonly file: string
  readonly text: string
}

/** One object of the Kubernetes API as it stands in a file. */
export interface ApiDocument {
  /** Plain data; not checked yet. */
  readonly value: unknown
  /** `file:line:column` of a key or value; of the nearest thing around it where the path leads nowhere. */
  place(path: Path): string
}

export type Path = readonly (string | number)[]

/** A mistake that keeps the Pod from being run, told in one line with its place. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * Splits a file into its documents. YAML 1.1 rules, as in kubectl: `0644` is octal and `<<` merges.
 * @throws ManifestError with every syntax error
 */
export function readDocuments({ file, text }: ManifestFile): ApiDocument[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { version: '1.1', lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const problems = documents.flatMap(({ errors }) => errors.map(({ pos, message }) => `${at(pos[0])} ${message}`))
  if (problems.length > 0) throw new ManifestError(problems)
  return documents
    .filter(({ contents }) => contents !== null)
    .map((document) => ({ value: document.toJS(), place: (path) => at(offsetOf(document, path)) }))
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true)
    const key = path[length - 1]
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
    const node = pair?.key ?? document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : 0
}

/** `spec.containers[0].image` */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  )
}
