import { describe, expect, it } from 'vitest'
import { commandLine, nameOf, type Program, podmatesPrograms, programFor, withCommands } from './programs.ts'

describe('the name of an image', () => {
  it.each([
    ['podmates/checkout:dev', 'podmates/checkout'],
    ['podmates/checkout', 'podmates/checkout'],
    ['registry:5000/podmates/checkout:dev@sha256:abc', 'registry:5000/podmates/checkout'],
    ['registry:5000/checkout', 'registry:5000/checkout'],
  ])('of %s is %s', (image, name) => {
    expect(nameOf(image)).toBe(name)
  })
})

describe('the words to run', () => {
  const program: Program = { entrypoint: ['node', 'main.ts'], cmd: ['run'] }

  it.each([
    [{}, 'node main.ts run'],
    [{ args: ['check'] }, 'node main.ts check'],
    [{ args: [] }, 'node main.ts'],
    [{ command: ['sh'] }, 'sh'],
    [{ command: ['sh'], args: ['-c', 'true'] }, 'sh -c true'],
  ])('of an image with command and args %o are "%s"', (given, words) => {
    expect(commandLine('image', program, given).join(' ')).toBe(words)
  })

  it('of an image that nobody knows are its command', () => {
    expect(commandLine('x', programFor('x', {}), { command: ['sh'] })).toEqual(['sh'])
    const nobodyKnows = 'no program is known for the image "x", and it has no command'
    expect(() => commandLine('x', programFor('x', {}), {})).toThrow(nobodyKnows)
    expect(() => commandLine('x', programFor('x', {}), { args: ['y'] })).toThrow(nobodyKnows)
  })

  it('may begin with a name that only the image has', () => {
    const table = podmatesPrograms('/checkout')
    expect(withCommands(['podmate', 'drain'], programFor('podmates/ambassador:dev', table))).toEqual([
      process.execPath,
      '/checkout/sidecars/ambassador/src/main.ts',
      'drain',
    ])
  })
})

it('spells out the config of each sidecar, so that its path can be rewritten', () => {
  const { cmd } = programFor('podmates/adapter:dev', podmatesPrograms('/checkout'))
  expect(cmd).toEqual(['run', '--config', '/etc/podmates/adapter.yaml'])
})

it('knows the Go apps only where they were built', () => {
  expect(programFor('podmates/checkout:dev', podmatesPrograms('/checkout')).entrypoint).toEqual([])
  expect(programFor('podmates/checkout:dev', podmatesPrograms('/checkout', { checkout: '/bin/c' })).entrypoint).toEqual(
    ['/bin/c'],
  )
})
