import { describe, expect, it } from 'vitest'
import { parseOptions } from './options.ts'

const known = { scenarios: ['start-order', 'job'], pods: ['forced-deletion'] }
const defaults = { only: [], output: '.cache/e2e', keep: false, record: false, recordings: 3 }

describe('the command line of npm run e2e', () => {
  it.each([
    [[], defaults],
    [['job'], { ...defaults, only: ['job'] }],
    [
      ['--load', 'kind load docker-image {image}'],
      { ...defaults, load: ['kind', 'load', 'docker-image', '{image}'], pullPolicy: 'Never' },
    ],
    [
      ['--record', 'forced-deletion', '--recordings', '5'],
      { ...defaults, record: true, recordings: 5, only: ['forced-deletion'] },
    ],
  ])('%j', (args, options) => {
    expect(parseOptions(args, known)).toEqual({ kind: 'run', options })
  })

  it.each([
    [['forced-deletion'], 'no scenario "forced-deletion"; there are: start-order, job'],
    [['--record', 'job'], 'no Pod of the corpus "job"; there are: forced-deletion'],
    [['--recordings', '0'], '--recordings: expected a number 1..99, found "0"'],
    [['--load', 'load it'], '--load: expected a command with {image}, found "load it"'],
    [['--pull-policy', 'Often'], '--pull-policy: expected Always, IfNotPresent, Never, found "Often"'],
  ])('%j is a mistake', (args, message) => {
    expect(parseOptions(args, known)).toEqual({ kind: 'mistake', message })
  })
})
