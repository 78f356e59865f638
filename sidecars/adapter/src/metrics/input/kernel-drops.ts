/**
 * Datagrams that the kernel threw away because the socket's buffer was full. Nobody else tells: the sender's
 * write succeeded and the receiver never saw them. What was sent is what was received plus these.
 */

/**
 * Reads the last column of /proc/net/udp or udp6 (proc(5)) for the sockets bound to a port.
 * @param table the file's whole text
 * @returns datagrams dropped since the sockets were opened; 0 when there is no such socket
 */
export function kernelDrops(table: string, port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  let drops = 0
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/)
    if (columns[1]?.endsWith(suffix)) drops += Number(columns.at(-1))
  }
  return drops
}
