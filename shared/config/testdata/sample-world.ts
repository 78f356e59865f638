/** The environment and the files that the tests of this room load their configurations in. */
import { type ConfigWorld, secretFileBytesMax } from '../interpolation.ts'

const files: Readonly<Record<string, string>> = {
  '/secrets/canary': 'canary-file\n',
  '/secrets/db': 'hunter2\n',
  '/secrets/number': '7351924680\n',
  '/secrets/large': 'x'.repeat(secretFileBytesMax + 1),
}

export const sampleWorld: ConfigWorld = {
  env: {
    PORT: '8080',
    HOST: 'db',
    TIMEOUT: '5 s',
    EMPTY: '',
    FLAG: 'true',
    DB_PASSWORD: 'canary-env',
    PIN: '0042',
    BIG: '70000',
  },
  readFile: (path) => {
    const content = files[path]
    if (content === undefined) throw Object.assign(new Error(`ENOENT, open '${path}'`), { code: 'ENOENT' })
    return Buffer.from(content)
  },
}
