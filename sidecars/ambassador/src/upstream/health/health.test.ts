import { expect, it } from 'vitest'
import { afterCheck, type CheckResult, type Health, unknownHealth } from './health.ts'

const rules = { unhealthy: 3, healthy: 2 }

function after(results: string): Health {
  return [...results].reduce<Health>(
    (health, each) => afterCheck(health, (each === '+' ? 'good' : 'bad') satisfies CheckResult, rules),
    unknownHealth,
  )
}

it.each([
  { results: '', state: 'unknown', why: 'nothing is known' },
  { results: '+', state: 'healthy', why: 'the first good one admits' },
  { results: '-', state: 'unhealthy', why: 'the first bad one keeps requests away' },
  { results: '+--', state: 'healthy', why: 'two bad ones are not three' },
  { results: '+--+--', state: 'healthy', why: 'a good one begins the count anew' },
  { results: '+---', state: 'unhealthy', why: 'three bad ones in a row' },
  { results: '+---+', state: 'unhealthy', why: 'one good one is not two' },
  { results: '+---+-+', state: 'unhealthy', why: 'a bad one begins the count anew' },
  { results: '+---++', state: 'healthy', why: 'two good ones in a row' },
])('after "$results" it is $state: $why', ({ results, state }) => {
  expect(after(results).state).toBe(state)
})
