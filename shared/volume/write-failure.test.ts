import { describe, expect, it } from 'vitest'
import { explainWriteFailure, type WriteFacts, writeFailure } from './write-failure.ts'

const nobody = { uid: 65532, gid: 65532, groups: [65532] }
const ofRoot = { uid: 0, gid: 0, mode: 0o40755 }

const facts = (change: Partial<WriteFacts>): WriteFacts => ({
  dir: '/config',
  errno: 'EACCES',
  reason: "EACCES: permission denied, mkdir '/config/..tmp-1'",
  process: nobody,
  directory: ofRoot,
  ...change,
})

describe('the message of a failed write', () => {
  it('says who writes, whose the directory is, and the lines to paste', () => {
    expect(explainWriteFailure(facts({}))).toEqual({
      code: 'PM1208',
      text: [
        "cannot publish to /config: EACCES: permission denied, mkdir '/config/..tmp-1'. This process is uid 65532, gid 65532; /config belongs to uid 0, gid 0 and has mode 0755.",
        'Let the volume belong to a group of this process, in the spec of the Pod:',
        '  securityContext:',
        '    fsGroup: 65532',
        '    fsGroupChangePolicy: OnRootMismatch',
      ].join('\n'),
    })
  })

  it('shows a writable volume for a read-only place', () => {
    const { code, text } = explainWriteFailure(facts({ errno: 'EROFS', reason: 'EROFS: read-only file system' }))
    expect(code).toBe('PM1209')
    expect(text).toContain(
      [
        '  containers:',
        '    - volumeMounts:',
        '        - { name: published, mountPath: /config }',
        '  volumes:',
        '    - { name: published, emptyDir: {} }',
      ].join('\n'),
    )
  })

  it.each([
    { who: 'a stranger', process: nobody, directory: ofRoot, hint: true },
    { who: 'a stranger where all may write', process: nobody, directory: { ...ofRoot, mode: 0o777 }, hint: false },
    { who: 'the owner', process: nobody, directory: { uid: 65532, gid: 0, mode: 0o755 }, hint: false },
    { who: 'the owner of a locked one', process: nobody, directory: { uid: 65532, gid: 0, mode: 0o577 }, hint: true },
    { who: 'its group', process: nobody, directory: { uid: 0, gid: 65532, mode: 0o2775 }, hint: false },
    {
      who: 'one of its groups',
      process: { ...nobody, groups: [7] },
      directory: { uid: 0, gid: 7, mode: 0o775 },
      hint: false,
    },
    {
      who: 'its group, which may only read',
      process: nobody,
      directory: { uid: 0, gid: 65532, mode: 0o755 },
      hint: true,
    },
    { who: 'root', process: { uid: 0, gid: 0, groups: [] }, directory: ofRoot, hint: false },
  ])('hints at the group only where the mode forbids it: $who, hint $hint', ({ process, directory, hint }) => {
    const { text } = explainWriteFailure(facts({ process, directory }))
    expect(text.includes('fsGroup')).toBe(hint)
  })
})

it('lets pass what does not come from the system', async () => {
  const defect = new TypeError('a defect')
  expect(await writeFailure('/config', defect)).toBe(defect)
})
