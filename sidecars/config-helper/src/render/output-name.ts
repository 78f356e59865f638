/** The name of a published file: `app.yaml`, `certs/tls.key`, under the rules that the kubelet has for volumes. */
import { type ValueType, valueType } from '@podmates/shared/config/value-type.ts'
import { keyProblem } from '@podmates/shared/volume/volume-key.ts'

export function outputName(): ValueType<string> {
  return valueType({
    name: 'file name',
    expects: 'a file name or a path below the output, such as app.yaml',
    read: (input) => {
      const problem = keyProblem(String(input))
      return problem === undefined ? { ok: true, value: String(input) } : { ok: false, hint: `it ${problem}` }
    },
    format: (value) => value,
    json: { type: 'string', minLength: 1 },
  })
}
