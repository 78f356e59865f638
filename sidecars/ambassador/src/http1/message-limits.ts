/** How much of one message is held in memory before it is refused; from `limits` of the config. */
export interface MessageLimits {
  /** Bytes of a head from its first byte to its empty line; also of a trailer section. */
  readonly headBytesMax: number
  /** Field lines in one head. */
  readonly headersMax: number
  /** Bytes of a request target. */
  readonly targetBytesMax: number
}
