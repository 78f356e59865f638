/** Names that tell that a value is a secret: keys of log fields, headers, variables. */

const secretName =
  /pass?wo?r?d|passphrase|secret|token|credential|authorization|cookie|(api|access|private|signing|encryption)[-_]?key/i

/** Whether what has this name is a secret: `DB_PASSWORD`, `clientSecret`, `Authorization`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}
