import { errorCatalogue } from '@podmates/shared/errors/catalogue.ts'
import { expect, it } from 'vitest'
import { errorsPage } from './errors-page.ts'

it('gives each code a heading, what it means and what to do', () => {
  const page = errorsPage({ PM0107: { title: 'unknown key', why: 'It is misspelt.', remedy: 'Correct it.' } })
  expect(page).toContain('## PM0xxx: Configuration')
  expect(page).toContain('### PM0107\n\n**Unknown key.** It is misspelt.\n\nWhat to do: Correct it.\n')
  expect(page).not.toContain('PM4xxx')
})

it('has every code of the catalogue once, and no other', () => {
  const headings = [...errorsPage(errorCatalogue).matchAll(/^### (.*)$/gm)].map(([, code]) => code)
  expect(headings).toEqual(Object.keys(errorCatalogue).sort())
})
