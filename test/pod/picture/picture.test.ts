import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Timeline } from '../timeline/timeline.ts'
import { hardLife } from './hard-life.case.ts'
import { drawPicture } from './picture.ts'
import { podStates } from './pod-row.ts'

/** Elements that are not closed, or closed by another; nothing but elements may hold `<`. */
function faultsOf(svg: string): string[] {
  const open: string[] = []
  const faults: string[] = []
  for (const [tag, slash, name = '', self] of svg.matchAll(/<(\/?)([\w:]+)(?:\s[\w:-]+="[^"<]*")*(\/?)>|</g)) {
    if (name === '') faults.push(`a stray ${tag}`)
    else if (slash === '/') faults.push(...(open.pop() === name ? [] : [`</${name}> closes another`]))
    else if (self !== '/') open.push(name)
  }
  return [...faults, ...open]
}

describe('the picture of a Pod', () => {
  // Look at it before you take a change: `vitest run --project unit test/pod/picture -u` writes it anew.
  it('is the one of the golden file', async () => {
    await expect(drawPicture(hardLife)).toMatchFileSnapshot('testdata/hard-life.svg')
  })

  it('is well-formed, whatever texts the timeline holds', () => {
    const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(texts, texts, texts, (pod, driver, name) => {
        const containers = [{ name, role: 'app' as const }]
        const svg = drawPicture({ ...hardLife, pod, driver, containers, entries: [] })
        expect(faultsOf(svg)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it('shows a name with < & " as it is', () => {
    const svg = drawPicture({ ...hardLife, pod: '<b> & "co"' })
    expect(svg).toContain('<title id="title">The life of the Pod &lt;b&gt; &amp; &quot;co&quot;</title>')
  })

  it('says in words what each container did', () => {
    const words = /<desc id="desc">(.*)<\/desc>/.exec(drawPicture(hardLife))?.[1] ?? ''
    expect(words.split('. ')).toEqual([
      'migrate (init container): begins at 0.0 s, restarted once, exit code 0 at 3.0 s',
      'stubborn (sidecar): begins at 3.0 s, started at 4.6 s, preStop at 27.0 s, stop signal at 28.6 s, SIGKILL at 32.5 s, exit code 137 at 32.5 s',
      'crashes (sidecar): begins at 4.6 s, started at 4.7 s, restarted once, stop signal at 28.1 s, exit code 0 at 28.5 s',
      'a-name-that-is-too-long (app): begins at 4.7 s, started at 4.8 s, ready at 6.8 s, stop signal at 27.0 s, exit code 0 at 28.0 s',
      'no-such-image (app): begins at 4.9 s',
      'Grace period: 5 s, used up; over after 5.5 s.',
    ])
  })

  it('explains only what it shows', () => {
    const timeline: Timeline = { ...hardLife, entries: hardLife.entries.filter(({ atMs }) => atMs < 3000) }
    expect(drawPicture(hardLife)).toContain('>SIGKILL<')
    expect(drawPicture(timeline)).not.toContain('>SIGKILL<')
  })

  it('asks for nothing from outside, and runs nothing', () => {
    expect(drawPicture(hardLife)).not.toMatch(/<script|href=|@import|url\((?!#)/)
  })

  it('draws a Pod to which nothing has happened, and one without containers', () => {
    expect(faultsOf(drawPicture({ ...hardLife, entries: [] }))).toEqual([])
    expect(faultsOf(drawPicture({ ...hardLife, containers: [], entries: [] }))).toEqual([])
  })
})

it('the states of a Pod follow each other without a hole, and ending outweighs the rest', () => {
  const states = podStates([
    { atMs: 0, what: 'phase', phase: 'Pending' },
    { atMs: 10, what: 'phase', phase: 'Running' },
    { atMs: 20, what: 'podReady' },
    { atMs: 30, what: 'podNotReady' },
    { atMs: 40, what: 'podReady' },
    { atMs: 50, what: 'terminating', reason: 'Deleted', graceMs: 1 },
    { atMs: 55, what: 'podNotReady' },
    { atMs: 60, what: 'phase', phase: 'Succeeded' },
  ])
  expect(states.map(({ name, fromMs, toMs }) => `${name} ${fromMs}-${toMs}`)).toEqual([
    'Pending 0-10',
    'Running 10-20',
    'Ready 20-30',
    'Running 30-40',
    'Ready 40-50',
    'Terminating 50-60',
  ])
})
