/** Names for requests, by which an answer's `id` leads to its line in the log. */
import { integerBelow, type Random } from '@podmates/shared/world/random.ts'

/** From the first number with six hexadecimal digits to the last: no id needs zeros before it. */
const firstNumber = 0x10_0000
const endOfNumbers = 0x100_0000

/**
 * 12 hexadecimal digits: six that are drawn, and six that count on from a number that is drawn too, both anew when that
 * ends. Enough to find one line of a day's log among those of many Pods, and no secret.
 */
export function requestIds(random: Random): () => string {
  let number = endOfNumbers
  let drawn = ''
  return () => {
    if (number === endOfNumbers) {
      drawn = integerBelow(random, endOfNumbers).toString(16).padStart(6, '0')
      number = firstNumber + integerBelow(random, endOfNumbers - firstNumber)
    }
    const id = drawn + number.toString(16)
    number += 1
    return id
  }
}
