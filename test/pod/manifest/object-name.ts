/** Names of objects as the API server takes them (RFC 1123). The drivers make folders and host names of them. */

/** Of containers, volumes and a host: one DNS label. */
export const labelPattern = /^(?!.{64})[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/

/** What is expected of a label. */
export const labelRule = 'at most 63 characters, a-z, 0-9 and "-", the first and the last no "-"'

const subdomainPattern = /^(?!.{254})[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/

/** Whether the name could be that of a Pod, a workload, a ConfigMap or a Secret: labels with dots between them. */
export function isObjectName(name: string): boolean {
  return subdomainPattern.test(name)
}

/** What is expected of the name of an object. */
export const objectNameRule =
  'at most 253 characters, a-z, 0-9, "-" and ".", the first and the last a letter or a digit'

/** The host name that a kubelet makes of a Pod's name: 63 characters of it, none of them left over at the end. */
export function hostnameOf(podName: string): string {
  return podName.slice(0, 63).replace(/[-.]+$/, '')
}
