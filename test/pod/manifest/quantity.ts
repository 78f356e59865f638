/** Quantities of the Kubernetes API: `250m`, `128Mi`, `1.5`, `2e3`. */

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

const form = /^([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)$/

/** @returns cores, bytes or a plain number; undefined when the text is no quantity */
export function parseQuantity(text: string): number | undefined {
  const [, digits = '', unit = ''] = form.exec(text.trim()) ?? []
  const factor = factors[unit]
  return digits === '' || factor === undefined ? undefined : Number(digits) * factor
}
