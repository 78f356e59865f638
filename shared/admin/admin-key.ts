/** The `admin` key, the same in every sidecar that has an admin server. */
import * as v from 'valibot'
import { block } from '../config/block.ts'
import { choice } from '../config/choice.ts'
import { described } from '../config/described.ts'
import { tcpAddress } from '../config/values/address.ts'

/** From where details and changes may be asked for; probes and metrics answer everybody. */
export const adminPeers = ['loopback', 'any'] as const

/**
 * The schema of `admin`, with the sidecar's own default port.
 * @param defaultPort 19001 ambassador, 19002 config helper, 19003 adapter
 */
export function adminKey(defaultPort: number) {
  const entries = block({
    address: described(v.optional(tcpAddress(), `0.0.0.0:${defaultPort}`), {
      does: 'Where probes, metrics and the control paths listen. The kubelet probes the Pod address, so a loopback address fits only exec probes.',
      change: 'Change the port when two sidecars of a Pod collide; then tell `podmate` by PODMATES_ADMIN too.',
    }),
    readOnly: described(v.optional(v.boolean(), false), {
      does: 'Refuses everything that changes state: drain and log level.',
    }),
    peers: described(v.optional(choice(adminPeers), 'loopback'), {
      does: 'From where details (/config, /status) and changes (/drain, /loglevel) may be asked for.',
      change: 'Set it to `any` only where the network itself keeps strangers away.',
    }),
  })
  return described(v.optional(entries, {}), { does: 'The admin server: probes, metrics, status and control.' })
}
