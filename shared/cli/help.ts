/** What `--help` prints, from the same tables that the command line is read by. */
import { usualFile } from './read-config.ts'
import type { SidecarFace } from './sidecar-definition.ts'
import { type OptionName, optionTable, type VerbName, verbsOf, verbTable } from './verb-table.ts'
import { version } from './version.ts'

/** All verbs and options. */
export function helpText(sidecar: SidecarFace): string {
  const verbs = verbsOf(sidecar)
  const options = new Set<OptionName>([...verbs.flatMap(([, entry]) => entry.options), 'help'])
  return [
    `${sidecar.name} ${version}, one of the Podmates`,
    '',
    '  podmate [VERB] [OPTION...]',
    ...(sidecar.targets === undefined ? [] : [`  podmate ${sidecar.targets.usage} [OPTION...]`]),
    '',
    ...columns(verbs.map(([name, { operand, does }]) => [[name, operand].filter(Boolean).join(' '), does])),
    '',
    ...columns([...options].map((name) => optionRow(name))),
    ...targetRows(sidecar),
    '',
    ...defaults(sidecar),
    'Exit codes: 0 fine; 1 findings, failed or not reached; 2 not understood.',
  ].join('\n')
}

/** One verb and what it takes. */
export function verbHelpText(sidecar: SidecarFace, verb: VerbName): string {
  const entry = new Map(verbsOf(sidecar)).get(verb) ?? verbTable[verb]
  const operand = 'operand' in entry && entry.operand !== undefined ? ` ${entry.operand}` : ''
  const rows = [...entry.options, 'help' as const].map((name) => optionRow(name))
  return [`  podmate ${verb}${operand} [OPTION...]`, '', entry.does, '', ...columns(rows)].join('\n')
}

function optionRow(name: OptionName): [string, string] {
  const option = optionTable[name]
  const short = 'short' in option ? `-${option.short}, ` : ''
  return [`${short}--${name}${'value' in option ? ` ${option.value}` : ''}`, option.does]
}

function targetRows({ targets }: SidecarFace): string[] {
  if (targets === undefined) return []
  const rows = Object.entries(targets.options).map(([name, { value, does }]): [string, string] => [
    `--${name} ${value}`,
    does,
  ])
  return ['', targets.does, ...columns(rows)]
}

function defaults({ name, adminPort }: SidecarFace): string[] {
  return [
    `The configuration is ${usualFile({ name })} unless --config names another.`,
    ...(adminPort === undefined
      ? []
      : [`The sidecar is asked at 127.0.0.1:${adminPort} unless PODMATES_ADMIN or --admin say otherwise.`]),
  ]
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
