/** Names that tell that a value is a secret: keys of log fields and of the configuration, headers, variables. */

const secretWord =
  'pass?wo?r?d|passphrase|secret|token|credential|authorization|cookie|(?:api|access|private|signing|encryption)[-_]?key'

/** `tokenUrl` and `password_file` say where a secret is, not what it is. */
const secretName = new RegExp(`(?:${secretWord})(?!.*(?:url|uri|file|path|dir|name|ttl)$)`, 'i')

/** Whether what has this name is a secret: `DB_PASSWORD`, `clientSecret`, `Authorization`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}
