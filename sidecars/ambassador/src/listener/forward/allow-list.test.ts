import { isIPv4 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowList, parseAllowEntry, parseForwardTarget, parseNetwork } from './allow-list.ts'

const target = (text: string) => parseForwardTarget(text, 80)

describe('a host and port may be asked for', () => {
  it.each([
    { allow: 'api.example.com:443', asked: 'api.example.com:443', may: true },
    { allow: 'api.example.com:443', asked: 'API.Example.com:443', may: true },
    { allow: 'api.example.com:443', asked: 'api.example.com.:443', may: true },
    { allow: 'api.example.com:443', asked: 'api.example.com:80', may: false },
    { allow: 'api.example.com:443', asked: 'evil-api.example.com:443', may: false },
    { allow: 'api.example.com:443', asked: 'api.example.com.evil:443', may: false },
    { allow: 'api.example.com:*', asked: 'api.example.com:8080', may: true },
    { allow: '*.example.com:443', asked: 'api.example.com:443', may: true },
    { allow: '*.example.com:443', asked: 'example.com:443', may: false },
    { allow: '*.example.com:443', asked: 'a.b.example.com:443', may: false },
    { allow: '*.example.com:443', asked: 'evilexample.com:443', may: false },
    { allow: '*:80', asked: 'anything.at.all', may: true },
    { allow: '10.0.0.1:80', asked: '10.0.0.1:80', may: true },
    { allow: '[fd00::1]:80', asked: '[FD00::1]:80', may: true },
    { allow: '[fd00::1]:80', asked: '[fd00::2]:80', may: false },
  ])('$allow, asked for $asked: $may', ({ allow, asked, may }) => {
    const parsed = target(asked)
    expect(parsed).toBeDefined()
    if (parsed !== undefined) expect(allowList({ allow: [allow], networks: [] }).checkTarget(parsed).ok).toBe(may)
  })
})

describe('is no host and port', () => {
  it.each([
    ...['2130706433:80', '0x7f000001:80', '0x7f.1:80', '127.1:80', '0177.0.0.1:80', '127.0.0.1.:80', '1.2.3:80'],
    ...['010.0.0.1:80', '256.0.0.1:80', 'a..b:80', '-a:80', 'a b:80', 'a%2eb:80', '[::1%eth0]:80', '[::1:80', '[]:80'],
    ...['a:0', 'a:65536', ':80', '', '.', '[127.0.0.1]:80', '[::1]x:80', 'a,b:80', `${'a'.repeat(64)}.b:80`],
    ...['localhost.0x1:80', 'ａ:80'],
  ])('%s', (text) => {
    expect(target(text)).toBeUndefined()
  })
})

describe('an address may be connected to', () => {
  it.each([
    { networks: [], address: '93.184.216.34', may: true },
    { networks: [], address: '10.0.0.1', may: true },
    { networks: [], address: '2606:2800:220:1::1', may: true },
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '169.254.169.254', '224.0.0.1', '255.255.255.255', '100.100.100.200'].map(
      (address) => ({ networks: [], address, may: false }),
    ),
    ...['::1', '::', 'fe80::1', 'febf::1', 'ff02::1', 'fd00:ec2::254', '::127.0.0.1', '::ffff:127.0.0.1'].map(
      (address) => ({ networks: [], address, may: false }),
    ),
    ...[
      '168.63.129.16',
      '::ffff:0:127.0.0.1',
      '::ffff:0:a00:1',
      '::ffff:7f00:1',
      '::FFFF:a9fe:a9fe',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      'localhost',
      '',
    ].map((address) => ({
      networks: [],
      address,
      may: false,
    })),
    { networks: [], address: '::ffff:10.0.0.1', may: true },
    { networks: ['10.0.0.0/8'], address: '10.255.255.255', may: true },
    { networks: ['10.0.0.0/8'], address: '11.0.0.0', may: false },
    { networks: ['10.0.0.0/8'], address: '::ffff:10.0.0.1', may: true },
    { networks: ['10.0.0.0/8'], address: '93.184.216.34', may: false },
    { networks: ['127.0.0.1/32'], address: '127.0.0.1', may: true },
    { networks: ['127.0.0.1/32'], address: '127.0.0.2', may: false },
    { networks: ['0.0.0.0/0'], address: '169.254.169.254', may: true },
    { networks: ['0.0.0.0/0'], address: '::1', may: false },
    { networks: ['fd00::/8'], address: 'fd12::1', may: true },
    { networks: ['fd00::/8', '10.0.0.0/8'], address: 'fe80::1', may: false },
  ])('$address with $networks: $may', ({ networks, address, may }) => {
    expect(allowList({ allow: [], networks }).checkAddress(address).ok).toBe(may)
  })

  it('in a network exactly when its first bits are the ones of the network', () => {
    const address = fc.ipV4().filter(isIPv4)
    fc.assert(
      fc.property(address, address, fc.nat(32), (network, asked, bits) => {
        const inside = number(network) >> BigInt(32 - bits) === number(asked) >> BigInt(32 - bits)
        expect(allowList({ allow: [], networks: [`${network}/${bits}`] }).checkAddress(asked).ok).toBe(inside)
      }),
      { seed: 3, numRuns: 2000 },
    )
  })
})

it.each(['a', 'a:', 'a:0', 'a:70000', ':80', '*.10.0.0.1:80', 'a.*.b:80', '*a.b:80', '2130706433:80', '[::1:80'])(
  'an entry cannot be %s',
  (text) => {
    expect(parseAllowEntry(text)).toBeUndefined()
    expect(() => allowList({ allow: [text], networks: [] })).toThrow(TypeError)
  },
)

it.each(['10.0.0.0', '10.0.0.0/33', '10.0/8', '::/129', 'a/8', '10.0.0.0/8/8', '10.0.0.0/-1'])(
  'a network cannot be %s',
  (text) => {
    expect(parseNetwork(text)).toBeUndefined()
    expect(() => allowList({ allow: [], networks: [text] })).toThrow(TypeError)
  },
)

function number(address: string): bigint {
  return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)
}
