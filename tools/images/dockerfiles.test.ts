import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sidecarNames } from '../build/bundle-sidecar.ts'
import { rootFolder } from '../setup/cache-folder.ts'
import { nodeBaseTag, nodeVersion } from './node-base.ts'

const read = (...path: string[]): string => readFileSync(join(rootFolder, ...path), 'utf8')

describe.each(sidecarNames)('sidecars/%s/Dockerfile', (name) => {
  const dockerfile = read('sidecars', name, 'Dockerfile')

  it('stands on the Node version of the workspace when nothing else is asked for', () => {
    expect(dockerfile).toContain(`ARG BASE=${nodeBaseTag}\n`)
  })

  it('differs from the others in its name and labels alone', () => {
    const skeleton = (text: string, own: string): string =>
      text.replaceAll(own, 'NAME').replace(/(description|admin-port|longest-drain|startup-path)="[^"]*"/g, '$1=""')
    expect(skeleton(dockerfile, name)).toBe(skeleton(read('sidecars', 'ambassador', 'Dockerfile'), 'ambassador'))
  })
})

it('the public Node image has the Node version of the workspace', () => {
  expect(read('tools', 'images', 'node.Dockerfile')).toContain(`ARG NODE=node:${nodeVersion}-`)
})
