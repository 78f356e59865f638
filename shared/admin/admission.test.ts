import { describe, expect, it } from 'vitest'
import { type Asker, refusalFor } from './admission.ts'

const rules = { readOnly: false, peers: 'loopback' } as const
const podmate: Asker = {
  peer: '127.0.0.1',
  host: '127.0.0.1:19001',
  origin: undefined,
  secFetchSite: undefined,
  mark: '1',
}

describe('probes and metrics', () => {
  it('are for everybody, under any name and from any page', () => {
    const stranger = {
      ...podmate,
      peer: '10.1.2.3',
      host: 'checkout.shop',
      secFetchSite: 'cross-site',
      mark: undefined,
    }
    expect(refusalFor('open', stranger, rules)).toBeUndefined()
  })
})

describe('details', () => {
  it.each([['127.0.0.1'], ['127.0.0.2'], ['::1'], ['::ffff:127.0.0.1']])(
    'are shown to the loopback peer %s',
    (peer) => {
      expect(refusalFor('detail', { ...podmate, peer }, rules)).toBeUndefined()
    },
  )

  it.each([['10.1.2.3'], ['::ffff:10.1.2.3'], ['fe80::1'], ['fd00::127.0.0.1'], [undefined]])(
    'are refused to the peer %s',
    (peer) => {
      expect(refusalFor('detail', { ...podmate, peer }, rules)).toMatchObject({ status: 403, code: 'PM1105' })
      expect(refusalFor('detail', { ...podmate, peer }, { ...rules, peers: 'any' })).toBeUndefined()
    },
  )

  it.each([['localhost'], ['localhost:8080'], ['127.0.0.1'], ['10.1.2.3:19001'], ['[::1]:19001'], ['[fd00::1]']])(
    'are shown under the host %s',
    (host) => {
      expect(refusalFor('detail', { ...podmate, host }, rules)).toBeUndefined()
    },
  )

  it.each([
    ['evil.example'],
    ['127.0.0.1.evil.example:19001'],
    ['localhost.evil.example'],
    [''],
    ['[evil]:80'],
    [undefined],
  ])('are refused under the host %j, which a page could have re-bound', (host) => {
    expect(refusalFor('detail', { ...podmate, host }, rules)).toMatchObject({ status: 403, code: 'PM1106' })
  })

  it.each([
    { secFetchSite: 'cross-site' },
    { secFetchSite: 'same-site' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'https://127.0.0.1:19001' },
  ])('are refused to a page of another site: %j', (headers) => {
    expect(refusalFor('detail', { ...podmate, ...headers }, rules)).toMatchObject({ status: 403, code: 'PM1107' })
  })

  it.each([{ secFetchSite: 'none' }, { secFetchSite: 'same-origin', origin: 'http://127.0.0.1:19001' }])(
    'are shown to a browser that asks for itself: %j',
    (headers) => {
      expect(refusalFor('detail', { ...podmate, ...headers }, rules)).toBeUndefined()
    },
  )
})

describe('changes', () => {
  it('are made for podmate', () => {
    expect(refusalFor('change', podmate, rules)).toBeUndefined()
  })

  it.each([undefined, '', '0', '1, 1'])('are refused with the header podmates: %j', (mark) => {
    expect(refusalFor('change', { ...podmate, mark }, rules)).toMatchObject({ status: 403, code: 'PM1108' })
  })

  it('are refused to whom details are refused', () => {
    expect(refusalFor('change', { ...podmate, peer: '10.1.2.3' }, rules)).toMatchObject({ code: 'PM1105' })
    expect(refusalFor('change', { ...podmate, host: 'evil.example' }, rules)).toMatchObject({ code: 'PM1106' })
    expect(refusalFor('change', { ...podmate, secFetchSite: 'cross-site' }, rules)).toMatchObject({ code: 'PM1107' })
  })

  it('are refused to everybody by admin.readOnly, while details are still shown', () => {
    expect(refusalFor('change', podmate, { ...rules, readOnly: true })).toMatchObject({ status: 403, code: 'PM1109' })
    expect(refusalFor('detail', podmate, { ...rules, readOnly: true })).toBeUndefined()
  })
})
