/** The `admin` block once it has been read (`admin-key.ts` is its schema). */
export interface AdminSettings {
  readonly address: { readonly host: string; readonly port: number }
  /** Refuses everything that changes state. */
  readonly readOnly: boolean
  /** From where details and changes may be asked for; probes and metrics answer everybody. */
  readonly peers: 'loopback' | 'any'
}
