import { describe, expect, it } from 'vitest'
import { parseOptions } from './options.ts'

const parse = (line: string, env: NodeJS.ProcessEnv = {}, isTerminal = true) =>
  parseOptions(line === '' ? [] : line.split(' '), env, isTerminal)

describe('the command line', () => {
  it('needs no more than a manifest', () => {
    expect(parse('pod.yaml')).toEqual({
      kind: 'run',
      options: { files: ['pod.yaml'], driver: 'process', images: {}, quiet: false, colour: true },
    })
  })

  it('reads every option', () => {
    const line =
      'a.yaml - --driver docker --workload shop --image podmates/x=node --paths rewritten --for 1m30s --grace 5 --back-off-max 1s --timeline t.json --picture p.svg --quiet'
    expect(parse(line)).toMatchObject({
      options: {
        files: ['a.yaml', '-'],
        driver: 'docker',
        workload: 'shop',
        images: { 'podmates/x': ['node'] },
        paths: 'rewritten',
        forMs: 90_000,
        graceSeconds: 5,
        crashLoopBackOffMaxMs: 1000,
        timelineFile: 't.json',
        pictureFile: 'p.svg',
        quiet: true,
      },
    })
  })

  it('splits the command of an image at its spaces', () => {
    expect(parseOptions(['pod.yaml', '--image', 'x=node  x.ts --port=1'], {}, false)).toMatchObject({
      options: { images: { x: ['node', 'x.ts', '--port=1'] } },
    })
  })

  it.each([
    ['pod.yaml', {}, true, true],
    ['pod.yaml', {}, false, false],
    ['pod.yaml', { NO_COLOR: '' }, true, false],
    ['pod.yaml --no-color', {}, true, false],
    ['pod.yaml --color', { NO_COLOR: '1' }, false, true],
  ])('%s with %o on a terminal (%s) has colour: %s', (line, env, isTerminal, colour) => {
    expect(parse(line, env, isTerminal)).toMatchObject({ options: { colour } })
  })

  it.each([
    ['', 'expected a manifest, found none'],
    ['pod.yaml --driver podman', '--driver: expected process or docker, found "podman"'],
    ['pod.yaml --paths true', '--paths: expected mounts or rewritten, found "true"'],
    ['pod.yaml --for 10', '--for: expected a duration such as 10s, found "10"'],
    ['pod.yaml --grace 1.5', '--grace: expected whole seconds, found "1.5"'],
    ['pod.yaml --image x', '--image: expected NAME=COMMAND, found "x"'],
  ])('%j is a mistake', (line, message) => {
    expect(parse(line)).toEqual({ kind: 'mistake', message })
  })

  it('says which option it does not know', () => {
    expect(parse('pod.yaml --speed 10')).toMatchObject({
      kind: 'mistake',
      message: expect.stringContaining("'--speed'"),
    })
  })
})
