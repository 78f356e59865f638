/** The version of this build; every sidecar of a release has the same. */
import manifest from '../package.json' with { type: 'json' }

export const version: string = manifest.version
