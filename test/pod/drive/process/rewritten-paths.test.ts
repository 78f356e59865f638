import { describe, expect, it } from 'vitest'
import { rewritePaths } from './rewritten-paths.ts'

const places = [
  { mountPath: '/config', hostPath: '/tmp/pod/config' },
  { mountPath: '/config/certs/', hostPath: '/tmp/pod/certs' },
  { mountPath: '/var/log/app', hostPath: '/tmp/pod/logs' },
]

describe('a path in a text', () => {
  it.each([
    ['/config', '/tmp/pod/config'],
    ['/config/app.yaml', '/tmp/pod/config/app.yaml'],
    ['dir: /config\n', 'dir: /tmp/pod/config\n'],
    ['--config=/config/app.yaml', '--config=/tmp/pod/config/app.yaml'],
    ['["/var/log/app/*.log"]', '["/tmp/pod/logs/*.log"]'],
    ['unix:/config/s.sock', 'unix:/tmp/pod/config/s.sock'],
    ['{file:/config/secret}', '{file:/tmp/pod/config/secret}'],
    ['/config/certs/ca.crt', '/tmp/pod/certs/ca.crt'],
    ['/config:/config', '/tmp/pod/config:/tmp/pod/config'],
  ])('%j becomes %j', (text, rewritten) => {
    expect(rewritePaths(text, places)).toBe(rewritten)
  })

  it.each([
    '/configs',
    '/config.d/app',
    '/etc/config',
    '/-/config',
    'http://host/config',
    './config',
    'a/config',
    'config',
    '/config-2',
  ])('%s stays: it is another path', (text) => {
    expect(rewritePaths(text, places)).toBe(text)
  })
})
