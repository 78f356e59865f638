import { expect, it } from 'vitest'
import { definitions } from './look.ts'

const [light = '', dark = ''] = definitions().split('@media (prefers-color-scheme:dark)')

/** Of a fill in one of the two schemes (WCAG 2.2, relative luminance). */
function luminance(rules: string, name: string): number {
  const hex = new RegExp(`\\.${name}\\{fill:#(\\w{6})\\}`).exec(rules)?.[1] ?? ''
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(rules: string, one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(rules, one), luminance(rules, other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

const schemes = { light, dark }
const onPaper = ['ink', 'faint', 'init', 'sidecar', 'app', 'alarm'].map((text) => [text, 'paper'] as const)
const onGrid = ['ink', 'faint', 'alarm'].map((text) => [text, 'grid'] as const)

it.each([...onPaper, ...onGrid])('%s can be read on %s, in light and dark (WCAG AA, 4.5 : 1)', (text, ground) => {
  for (const rules of Object.values(schemes)) expect(contrast(rules, text, ground)).toBeGreaterThanOrEqual(4.5)
})
