/**
 * The rules of the house that no linter knows. Each failure lists the places and says how to mend them;
 * the reasons stand in CONTRIBUTING.md.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { errorCatalogue } from '../../shared/errors/catalogue.ts'
import { shapeOfReport } from '../../tools/test/report.ts'
import { tiers } from '../../tools/test/tiers.ts'
import { sharedLayers, sidecarRooms } from './layers.ts'
import { booleanParameters, changingModuleState, takesOfTheWorld } from './snippets.ts'
import { type SourceFile, sourceFiles, trackedFiles } from './sources.ts'

const files = sourceFiles()
const shipped = files.filter((file) => !file.isTest && /^(shared|sidecars)\//.test(file.path))

/** Fails with every offence on a line of its own, and the way to mend them at the end. */
function expectNone(offences: readonly string[], mend: string): void {
  expect(offences, `${offences.join('\n')}\n-> ${mend}\n`).toEqual([])
}

/** `path: detail` for every pair of a file and one of its imports that breaks a rule. */
function badImports(among: readonly SourceFile[], isBad: (from: string, to: string) => boolean): string[] {
  return among.flatMap(({ path, imports }) =>
    imports.filter((target) => isBad(path, target)).map((target) => `${path} imports ${target}`),
  )
}

/** `path: place` for every place that a rule finds. */
function placesOf(among: readonly SourceFile[], find: (text: string) => readonly string[]): string[] {
  return among.flatMap(({ path, text }) => find(text).map((place) => `${path}: ${place}`))
}

const sidecarOf = (path: string): string | undefined => /^sidecars\/([^/]+)\//.exec(path)?.[1]
const sharedRoomOf = (path: string): string | undefined => /^shared\/([^/]+)\//.exec(path)?.[1]

/** The innermost folder that `rooms` knows. */
function roomAmong(rooms: readonly string[], path: string): string | undefined {
  const [, outer, inner] = /^sidecars\/[^/]+\/src\/([^/]+)\/(?:([^/]+)\/)?/.exec(path) ?? []
  return rooms.includes(`${outer}/${inner}`) ? `${outer}/${inner}` : outer
}

it('has files to check', () => {
  expect(shipped.length).toBeGreaterThan(100)
  expect(shipped.flatMap(({ imports }) => imports).length).toBeGreaterThan(300)
})

it('no sidecar imports another', () => {
  expectNone(
    badImports(files, (from, to) => {
      const [ours, theirs] = [sidecarOf(from), sidecarOf(to)]
      return ours !== undefined && theirs !== undefined && ours !== theirs
    }),
    'what two sidecars need moves to shared/',
  )
})

it('shared imports no sidecar', () => {
  expectNone(
    badImports(files, (from, to) => from.startsWith('shared/') && sidecarOf(to) !== undefined),
    'pass it in from the sidecar, or move it to shared/',
  )
})

it('rooms of shared/ import only rooms below them', () => {
  const height = (path: string): number => sharedLayers.findIndex((layer) => layer.includes(sharedRoomOf(path) ?? ''))
  const ofShared = shipped.filter((file) => file.path.startsWith('shared/'))
  expectNone(
    ofShared.filter((file) => height(file.path) < 0).map((file) => file.path),
    'name the room in test/house/layers.ts, at the height where it belongs',
  )
  expectNone(
    badImports(ofShared, (from, to) => sharedRoomOf(from) !== sharedRoomOf(to) && height(from) <= height(to)),
    'turn the dependency round: let the lower room take what it needs as a parameter (test/house/layers.ts has the heights)',
  )
})

it.each(Object.entries(sidecarRooms))(
  'rooms of %s import only rooms that stand after them in test/house/layers.ts',
  (name, rooms) => {
    const ours = shipped.filter((file) => sidecarOf(file.path) === name)
    const roomOf = (path: string): string | undefined => roomAmong(rooms, path)
    const inRooms = ours.filter((file) => roomOf(file.path) !== undefined)
    const place = (path: string): number => rooms.indexOf(roomOf(path) ?? '')
    expectNone(
      inRooms.filter((file) => place(file.path) < 0).map((file) => file.path),
      'name the room in test/house/layers.ts, where the data passes it',
    )
    expectNone(
      badImports(
        inRooms,
        (from, to) => sidecarOf(to) === name && roomOf(from) !== roomOf(to) && place(from) >= place(to),
      ),
      'take it as a parameter, or move the file to the room that owns it (test/house/layers.ts has the order)',
    )
  },
)

it('shipped code imports nothing from tests or tools', () => {
  expectNone(
    badImports(shipped, (_from, to) => /^(test|tools|shared\/testing)\//.test(to)),
    'move what both need to shared/',
  )
})

it('time, randomness and timers come in as parameters', () => {
  expectNone(
    placesOf(
      shipped.filter((file) => !file.path.startsWith('shared/world/')),
      takesOfTheWorld,
    ),
    'take a Clock or a Random (shared/world) as a parameter',
  )
})

it('nothing is kept at module level that changes', () => {
  expectNone(placesOf(shipped, changingModuleState), 'make it where the parts are made (parts.ts) and hand it on')
})

it('no parameter is only true or false', () => {
  expectNone(
    placesOf(shipped, booleanParameters),
    "take a union of words ('head' | 'other'), an object with the name, or make two functions",
  )
})

it('folders and files have names that say what is in them', () => {
  const vague = /(^|\/)(utils?|helpers?|common|misc|lib|index|types|constants|manager|handler|service)(\.ts|\/)/
  expectNone(
    files.map((file) => file.path).filter((path) => vague.test(path)),
    'name the file after its one idea, the folder after its stage',
  )
})

it('each source file says at its top, or on its only export, why it exists', () => {
  const opensWithComment = /^(#![^\n]*\n)?\/\*\*/
  const documentedExport = /\*\/\nexport /
  expectNone(
    shipped
      .filter((file) => !opensWithComment.test(file.text) && !documentedExport.test(file.text))
      .map((file) => file.path),
    'begin it with a /** header */: why this file exists',
  )
})

it('public functions, classes and interfaces have a docstring, or a file header right above them', () => {
  const undocumented = shipped.flatMap(({ path, text }) => {
    const lines = text.split('\n')
    return lines.flatMap((line, index) => {
      const name = /^export (?:async )?(?:function|class|interface) (\w+)/.exec(line)?.[1]
      if (name === undefined) return []
      return /\*\/$|^@/.test(lines[index - 1] ?? '') || onlyExport(text) ? [] : [`${path}:${index + 1} ${name}`]
    })
  })
  expectNone(undocumented, 'say what it does, with units, range and errors')
})

function onlyExport(text: string): boolean {
  return [...text.matchAll(/^export (?:async )?(?:function|class|const)/gm)].length <= 1
}

it('nothing is left for later in the code', () => {
  const later = /\b(TODO|FIXME|XXX|HACK)\b|\.(only|todo)\(|@ts-(ignore|nocheck)/
  expectNone(
    files.filter((file) => file.path !== 'test/house/house.test.ts' && later.test(file.text)).map((file) => file.path),
    'do it now, or file an issue',
  )
})

it('every error code is used, and every code that is used stands in the catalogue', () => {
  const raising = shipped.filter((file) => !/^shared\/errors\/[a-z]+-errors\.ts$/.test(file.path))
  const code = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
  const used = new Set(raising.flatMap((file) => code(file.text).match(/\bPM\d{4}\b/g) ?? []))
  expectNone(
    Object.keys(errorCatalogue).filter((code) => !used.has(code)),
    'these codes are in shared/errors but nothing raises them: remove those that were never shipped',
  )
  expectNone(
    [...used].filter((each) => !(each in errorCatalogue)),
    'add the code to its range in shared/errors',
  )
})

it('the generated documents are fresh', () => {
  expect(() => execFileSync('node', ['tools/docs.ts', '--check'], { stdio: 'pipe' })).not.toThrow()
})

it('the front page shows the report of a whole npm test', () => {
  const isAboutToBePasted = process.env.UPDATE_README !== undefined
  if (isAboutToBePasted) return
  const shown =
    /<!-- test:begin -->\s*```(.*)```\s*<!-- test:end -->/s.exec(readFileSync('README.md', 'utf8'))?.[1] ?? ''
  expect(shapeOfReport(shown), 'README.md is not fresh: UPDATE_README=1 npm test').toEqual({
    tiers: tiers.map(({ name }) => name),
    addsUp: true,
  })
})

it('every folder of a sidecar has the same skeleton', () => {
  const skeleton = ['README.md', 'Dockerfile', 'package.json', 'src/main.ts', 'src/config.ts', 'src/parts.ts']
  const tracked = new Set(trackedFiles())
  const missing = Object.keys(sidecarRooms).flatMap((name) =>
    skeleton.map((file) => `sidecars/${name}/${file}`).filter((path) => !tracked.has(path)),
  )
  expectNone(missing, 'all four sidecars are laid out alike (CONTRIBUTING.md)')
})

it('links between documents lead somewhere', () => {
  const tracked = new Set(trackedFiles())
  const folders = new Set([...tracked].flatMap((path) => path.split('/').map((_, i, all) => all.slice(0, i).join('/'))))
  const broken = [...tracked]
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) => {
      const links = [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      return links
        .map(([, target = '']) => new URL(target, `file:///${path}`).pathname.slice(1).replace(/\/$/, ''))
        .filter((target) => !tracked.has(target) && !folders.has(target))
        .map((target) => `${path} -> ${target}`)
    })
  expectNone(broken, 'mend the link')
})
