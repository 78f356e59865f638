/** Rules about how code reads that no linter knows: each answers the places of a text that break it. */

/** Without comments, and with the same lines. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, (comment) => comment.replace(/[^\n]/g, ''))
}

const worldAccess = [
  /\bMath\.random\b/,
  /\bprocess\.hrtime\b/,
  /['"]node:timers/,
  /(?<![.\w])(?:setImmediate|setInterval|setTimeout)\(/,
  /\bAbortSignal\.timeout\(/,
  /\bglobalThis\s*[.[]/,
  /\bnew Date(?:\(\s*\)|(?!\s*\())(?!\w)/,
  /(?<!new )\bDate\(/,
  /\bDate\.now\b/,
  /\bperformance\.now\b/,
  /\b(?:randomUUID|randomBytes|randomInt|randomFill|randomFillSync|getRandomValues)\b/,
]

/** Where a text takes time, timers or randomness for itself. `new Date(ms)` only turns a number into a date. */
export function takesOfTheWorld(text: string): string[] {
  return linesOf(codeOf(text), (line) => worldAccess.some((pattern) => pattern.test(line)))
}

const binding = /^(?:export )?(let|var|const) (\w+)(?::[^=\n]*(?:=>[^=\n]*)*)? = *(.*)$/gm
const growing = [
  'set',
  'add',
  'delete',
  'clear',
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
]

/** Module-level bindings that change: `let`, empty collections, and any collection or object that the text changes. */
export function changingModuleState(text: string): string[] {
  const code = codeOf(text)
  return [...code.matchAll(binding)].flatMap(([, keyword, name = '', value = '']) => {
    const isEmpty = /^new (?:Map|Set|WeakMap|WeakSet)\b[^(\n]*\(\)|^Buffer\.alloc\w*\((?!0\))/.test(value)
    const isContainer = /^(?:\[|\{|new (?:Map|Set|WeakMap|WeakSet|Array|\w+Array)\b|Array\.from|Object\.create)/.test(
      value,
    )
    const change = new RegExp(
      `^\\s.*(?<![.\\w])${name}(?:\\.(?:${growing.join('|')})\\(|(?:\\.\\w+|\\[[^\\]]*\\])+ (?:[-+*/|&]|\\?\\?|\\|\\|)?=(?!=)|\\.\\w+(?:\\+\\+|--))` +
        `|^${name}(?:\\.(?:${growing.join('|')})\\(|(?:\\.\\w+|\\[[^\\]]*\\])+ =(?!=))`,
      'm',
    )
    return keyword !== 'const' || isEmpty || (isContainer && change.test(code)) ? [name] : []
  })
}

/** Functions, methods and constructors with a parameter that is only true or false: the call does not say what it means. */
export function booleanParameters(text: string): string[] {
  const code = codeOf(text)
  return [...code.matchAll(/([#\w]+)(?:<[^()]*>| [=:] (?:async )?|\??: )?\(/g)].flatMap((match) => {
    const [opening, name = ''] = match
    const names = parametersFrom(code, match.index + opening.length).flatMap(
      (parameter) => /^(?:readonly )?(\w+)\??: boolean(?: = (?:true|false))?$/.exec(parameter)?.[1] ?? [],
    )
    return names.map((parameter) => `${name}(${parameter})`)
  })
}

/** What stands between the commas up to the bracket that closes, the commas within inner brackets left out. */
function parametersFrom(code: string, start: number): string[] {
  const parameters = ['']
  for (let at = start, depth = 0; at < code.length; at += 1) {
    const sign = code[at] ?? ''
    if (depth === 0 && sign === ')') break
    if ('([{'.includes(sign)) depth += 1
    if (')]}'.includes(sign)) depth -= 1
    if (depth === 0 && sign === ',') parameters.push('')
    else parameters.push((parameters.pop() ?? '') + sign)
  }
  return parameters.map((parameter) => parameter.trim())
}

function linesOf(code: string, isBad: (line: string) => boolean): string[] {
  return code.split('\n').flatMap((line, at) => (isBad(line) ? [`${at + 1}: ${line.trim()}`] : []))
}
