/** Which build this is; every sidecar of a release has the same version. */
import manifest from '../package.json' with { type: 'json' }

/** Put in by `npm run build`. */
declare const PODMATES_REVISION: string | undefined

export const version: string = manifest.version

/** The commit that the program was built from; `checkout` when the sources run as they are. */
export const revision: string = typeof PODMATES_REVISION === 'string' ? PODMATES_REVISION : 'checkout'
