import { expect, it } from 'vitest'
import { isSecretName } from './secret-name.ts'

it.each(['DB_PASSWORD', 'passwd', 'clientSecret', 'Authorization', 'set-cookie', 'x-api-key', 'privateKey', 'tokens'])(
  '%s is the name of a secret',
  (name) => {
    expect(isSecretName(name)).toBe(true)
  },
)

it.each(['tokenUrl', 'password_file', 'secretName', 'secretsDir', 'cookie_path', 'key', 'user', 'PORT'])(
  '%s is not',
  (name) => {
    expect(isSecretName(name)).toBe(false)
  },
)
