import { expect, it } from 'vitest'
import { endGates, startGates } from './gates.ts'
import { graceBudget } from './grace.ts'
import { hardLife } from './hard-life.case.ts'
import { livesOf } from './lives.ts'

const lives = livesOf(hardLife)

it('each of the list waits for the one above it, each app for the last of the list', () => {
  expect(startGates(lives).map(({ from, to }) => [from, to])).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
    [2, 4],
  ])
})

it('each sidecar ends after the one below it, the last after the apps', () => {
  expect(endGates(lives)).toEqual([
    { from: 2, to: 1, openedMs: 28_500, passedMs: 28_550 },
    { from: 3, to: 2, openedMs: 28_000, passedMs: 28_050 },
  ])
})

it('a sidecar that got its stop signal while the one below it still ran waited for nobody', () => {
  const [first, second, third, ...apps] = lives
  if (!first || !second || !third) throw new Error('the case has three entries in its list')
  const together = [first, { ...second, stopSignalMs: 28_400 }, third, ...apps]
  expect(endGates(together).map(({ to }) => to)).toEqual([2])
})

it('the grace budget is shared out in the order of the exits, and never more than it holds', () => {
  expect(graceBudget(hardLife, lives)).toEqual({
    beginsMs: 27_000,
    budgetMs: 5000,
    usedMs: 5520,
    shares: [
      { name: 'a-name-that-is-too-long', role: 'app', fromMs: 0, toMs: 1000 },
      { name: 'crashes', role: 'sidecar', fromMs: 1000, toMs: 1500 },
      { name: 'stubborn', role: 'sidecar', fromMs: 1500, toMs: 5000 },
    ],
  })
})

it('a Pod that does not end has no grace to show', () => {
  expect(graceBudget({ ...hardLife, entries: [] }, lives)).toBe(undefined)
})
