/** One word out of a list, and words of the list that this version cannot do yet. */
import type * as v from 'valibot'
import { customSchema } from './custom-schema.ts'
import { refuse } from './refusal.ts'

type Word = string | number

export type Choice<Words extends readonly Word[]> = v.PicklistSchema<Words, undefined>

export interface ChoiceOptions {
  /** Words of CONFIG.md that are not built yet: refused with "not supported yet". */
  readonly notYet?: readonly Word[]
}

/** One of these words. `choice(['p2c', 'round-robin'], { notYet: ['ewma'] })` */
export function choice<const Words extends readonly Word[]>(
  words: Words,
  { notYet = [] }: ChoiceOptions = {},
): Choice<Words> {
  return customSchema(
    {
      type: 'picklist',
      expects: words.join(' | '),
      run: (dataset) => {
        const input = dataset.value as Word
        if (words.includes(input)) return Object.assign(dataset, { typed: true })
        if (notYet.includes(input))
          return refuse(dataset, { code: 'PM0109', sentence: `"${input}" is not supported yet` })
        const expected = words.length === 1 ? `${words[0]}` : `one of ${words.join(', ')}`
        return refuse(dataset, { code: 'PM0110', expected, allowed: words.map(String) })
      },
    },
    { options: words, message: undefined },
  )
}
