import { describe, expect, it } from 'vitest'
import { meaningOfEnd, meaningOfSilence } from './connection-stage.ts'

describe('the end of what the client sends', () => {
  it.each([
    { stage: 'head', minor: undefined, rest: 'none', means: 'close' },
    { stage: 'head', minor: undefined, rest: 'waiting', means: 'later' },
    { stage: 'body', minor: 1, rest: 'none', means: 'gone' },
    { stage: 'body', minor: 1, rest: 'waiting', means: 'gone' },
    { stage: 'body', minor: 0, rest: 'none', means: 'gone' },
    { stage: 'body', minor: 0, rest: 'waiting', means: 'later' },
    { stage: 'answer', minor: 1, rest: 'none', means: 'gone' },
    { stage: 'answer', minor: 1, rest: 'waiting', means: 'gone' },
    { stage: 'answer', minor: 0, rest: 'none', means: 'last_answer' },
    { stage: 'answer', minor: 0, rest: 'waiting', means: 'later' },
    { stage: 'tunnel', minor: 1, rest: 'none', means: 'half_closed' },
    { stage: 'tunnel', minor: 1, rest: 'waiting', means: 'later' },
    { stage: 'closing', minor: 1, rest: 'none', means: 'later' },
    { stage: 'closing', minor: 1, rest: 'waiting', means: 'later' },
  ] as const)('in $stage of HTTP/1.$minor with rest $rest: $means', ({ stage, minor, rest, means }) => {
    expect(meaningOfEnd(stage, minor, rest)).toBe(means)
  })
})

describe('silence', () => {
  it.each([
    { stage: 'head', answer: 'none', body: 'free', means: 'drop' },
    { stage: 'body', answer: 'none', body: 'free', means: 'slow_body' },
    { stage: 'body', answer: 'none', body: 'held', means: 'wait' },
    { stage: 'body', answer: 'begun', body: 'held', means: 'tell' },
    { stage: 'answer', answer: 'none', body: 'free', means: 'wait' },
    { stage: 'answer', answer: 'begun', body: 'free', means: 'tell' },
    { stage: 'tunnel', answer: 'none', body: 'held', means: 'tell' },
    { stage: 'closing', answer: 'begun', body: 'free', means: 'drop' },
  ] as const)('in $stage, answer $answer, body $body: $means', ({ stage, answer, body, means }) => {
    expect(meaningOfSilence(stage, { hasAnswerBegun: answer === 'begun', isBodyHeld: body === 'held' })).toBe(means)
  })
})
