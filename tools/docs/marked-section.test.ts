import { expect, it } from 'vitest'
import { replaceSection } from './marked-section.ts'

const begin = '<!-- options:begin -->'
const end = '<!-- options:end -->'

it('replaces what is between the markers and keeps everything else', () => {
  const document = `# Title\n\n${begin}\nold\n${end}\n\nMore.\n`
  expect(replaceSection(document, 'options', 'new\n')).toBe(`# Title\n\n${begin}\n\nnew\n\n${end}\n\nMore.\n`)
})

it('gives the same document when it is run again', () => {
  const once = replaceSection(`${begin}${end}`, 'options', '| a |\n')
  expect(replaceSection(once ?? '', 'options', '| a |\n')).toBe(once)
})

it.each(['', begin, end, `${end}${begin}`, `${begin}${begin}${end}`, `${begin}${end}${end}`])(
  'refuses a document without one pair of markers: %j',
  (document) => {
    expect(replaceSection(document, 'options', 'new')).toBeUndefined()
  },
)
