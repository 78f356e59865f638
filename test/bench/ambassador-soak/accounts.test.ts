import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Account, balance, openAccount, saw } from './accounts.ts'

interface Counted {
  readonly status: string
  readonly flag?: string
  readonly value: number
}

const page = (rows: readonly Counted[]): string =>
  [
    '# TYPE podmates_ambassador_requests_total counter',
    ...rows.map(({ status, flag = '', value }, index) => {
      const labels = `listener="app${index}",upstream="shop",status="${status}",flag="${flag}",code=""`
      return `podmates_ambassador_requests_total{${labels}} ${value}`
    }),
    'podmates_ambassador_request_seconds_count{listener="app0",upstream="shop"} 999',
    '',
  ].join('\n')

function account(statuses: readonly number[], change: Partial<Account> = {}): Account {
  const opened = { ...openAccount(), ...change }
  for (const status of statuses) saw(opened, status)
  return opened
}

describe('finds nothing wrong when', () => {
  it.each<{ when: string; of: Account; counted: readonly Counted[]; made: number; flagged: number }>([
    { when: 'nobody has asked', of: account([]), counted: [], made: 0, flagged: 0 },
    {
      when: 'every class has as many as were seen, over all series',
      of: account([200, 204, 200, 404, 503]),
      counted: [
        { status: '2xx', value: 2 },
        { status: '2xx', flag: 'SC', value: 1 },
        { status: '4xx', value: 1 },
        { status: '5xx', flag: 'UF', value: 1 },
      ],
      made: 5,
      flagged: 2,
    },
    {
      when: 'who left is counted as having left',
      of: account([200], { left: 2 }),
      counted: [
        { status: '2xx', value: 1 },
        { status: '4xx', flag: 'DC', value: 2 },
      ],
      made: 3,
      flagged: 2,
    },
    {
      when: 'who left is counted with the answer that had begun',
      of: account([200], { left: 1 }),
      counted: [
        { status: '2xx', value: 1 },
        { status: '2xx', flag: 'DC', value: 1 },
      ],
      made: 2,
      flagged: 1,
    },
    {
      when: 'an answer that broke off has a flag',
      of: account([200, 200], { broken: 1 }),
      counted: [
        { status: '2xx', value: 1 },
        { status: '2xx', flag: 'UR', value: 1 },
      ],
      made: 2,
      flagged: 1,
    },
  ])('$when', ({ of, counted, made, flagged }) => {
    expect(balance(of, page(counted))).toMatchObject({ made, counted: made, flagged, problems: [] })
  })
})

describe('says what is wrong when', () => {
  it.each<{ when: string; of: Account; counted: readonly Counted[]; problems: readonly string[] }>([
    {
      when: 'a request is missing on the page',
      of: account([200, 200]),
      counted: [{ status: '2xx', value: 1 }],
      problems: ['clients made 2 requests, the ambassador counted 1', '2xx: clients saw 2, counted 1'],
    },
    {
      when: 'the page has one that nobody made',
      of: account([200]),
      counted: [{ status: '2xx', value: 2 }],
      problems: ['clients made 1 requests, the ambassador counted 2', '2xx: clients saw 1, counted 2'],
    },
    {
      when: 'the sum is right and the classes are not',
      of: account([200, 503]),
      counted: [{ status: '2xx', value: 2 }],
      problems: ['2xx: clients saw 1, counted 2', '5xx: clients saw 1, counted 0'],
    },
    {
      when: 'more are in a class than those who left can explain',
      of: account([200], { left: 1 }),
      counted: [{ status: '2xx', value: 3 }],
      problems: ['clients made 2 requests, the ambassador counted 3', '2xx: clients saw 1, counted 3'],
    },
    {
      when: 'an answer broke off and no request has a flag',
      of: account([200], { broken: 1 }),
      counted: [{ status: '2xx', value: 1 }],
      problems: ['1 answers broke off, only 0 requests have a flag'],
    },
    {
      when: 'a request got nothing, though the numbers are right',
      of: account([200], { unanswered: ['GET /x'] }),
      counted: [{ status: '2xx', value: 1 }],
      problems: ['a request got nothing: GET /x'],
    },
    {
      when: 'a class is counted that clients never see',
      of: account([200]),
      counted: [
        { status: '2xx', value: 1 },
        { status: 'none', flag: 'DE', value: 1 },
      ],
      problems: ['clients made 1 requests, the ambassador counted 2', 'none: clients saw 0, counted 1'],
    },
  ])('$when', ({ of, counted, problems }) => {
    expect(balance(of, page(counted)).problems).toEqual(problems)
  })
})

it('never accepts a page that counts one request more or less in one class', () => {
  const statuses = fc.array(fc.constantFrom(200, 302, 404, 503), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(statuses, fc.boolean(), (seen, oneMore) => {
      const classes = [...new Set(seen.map((status) => `${Math.floor(status / 100)}xx`))]
      const counted = classes.map((status) => ({
        status,
        value: seen.filter((each) => `${Math.floor(each / 100)}xx` === status).length,
      }))
      expect(balance(account(seen), page(counted)).problems).toEqual([])
      const [first, ...rest] = counted
      const wrong = { status: first?.status ?? '', value: (first?.value ?? 0) + (oneMore ? 1 : -1) }
      expect(balance(account(seen), page([wrong, ...rest])).problems).toHaveLength(2)
    }),
  )
})

it('keeps one account apart from another', () => {
  const one = openAccount()
  saw(one, 200)
  expect(openAccount()).toEqual({ seen: {}, broken: 0, left: 0, unanswered: [] })
})
