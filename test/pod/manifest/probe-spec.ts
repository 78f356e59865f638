/** Probes and lifecycle hooks of one container, from the API's form to the runner's. */
import type { ApiHook, ApiProbe } from './api-schema.ts'
import type { Check, ContainerPort, Hook, HttpGet, Probe, TcpSocket } from './pod-manifest.ts'
import type { Spot } from './reading.ts'

/** @param ports of the container, to which a probe may refer by name */
export function readProbe(api: ApiProbe, ports: readonly ContainerPort[], spot: Spot): Probe | undefined {
  const check = readCheck(api, ports, spot)
  if (check === undefined) return undefined
  return {
    check,
    initialDelayMs: api.initialDelaySeconds * 1000,
    periodMs: api.periodSeconds * 1000,
    timeoutMs: api.timeoutSeconds * 1000,
    successThreshold: api.successThreshold,
    failureThreshold: api.failureThreshold,
    ...(api.terminationGracePeriodSeconds !== undefined && {
      terminationGracePeriodMs: api.terminationGracePeriodSeconds * 1000,
    }),
  }
}

/** A startup or liveness probe that needs two successes would never be accepted by the API server. */
export function requireSingleSuccess(api: ApiProbe, spot: Spot): void {
  if (api.successThreshold === 1) return
  spot.at('successThreshold').problem(`expected 1 for a startup or liveness probe, found ${api.successThreshold}`)
}

function readCheck(api: ApiProbe, ports: readonly ContainerPort[], spot: Spot): Check | undefined {
  if (api.grpc !== undefined) {
    spot.at('grpc').problem('expected httpGet, tcpSocket or exec, found grpc, which no driver can ask')
    return undefined
  }
  const kinds = [api.httpGet, api.tcpSocket, api.exec].filter((kind) => kind !== undefined)
  if (kinds.length !== 1) {
    spot.problem(`expected one of httpGet, tcpSocket and exec, found ${kinds.length}`)
    return undefined
  }
  if (api.httpGet !== undefined) return readHttpGet(api.httpGet, ports, spot.at('httpGet'))
  if (api.tcpSocket !== undefined) return readTcpSocket(api.tcpSocket, ports, spot.at('tcpSocket'))
  return api.exec && { kind: 'exec', command: api.exec.command }
}

export function readHook(api: ApiHook, ports: readonly ContainerPort[], spot: Spot): Hook | undefined {
  if (api.tcpSocket !== undefined) {
    spot.at('tcpSocket').problem('expected exec, httpGet or sleep, found tcpSocket, which fails in every cluster')
    return undefined
  }
  const kinds = [api.exec, api.httpGet, api.sleep].filter((kind) => kind !== undefined)
  if (kinds.length !== 1) {
    spot.problem(`expected one of exec, httpGet and sleep, found ${kinds.length}`)
    return undefined
  }
  if (api.httpGet !== undefined) return readHttpGet(api.httpGet, ports, spot.at('httpGet'))
  if (api.sleep !== undefined) return { kind: 'sleep', ms: api.sleep.seconds * 1000 }
  return api.exec && { kind: 'exec', command: api.exec.command }
}

function readHttpGet(
  api: NonNullable<ApiProbe['httpGet']>,
  ports: readonly ContainerPort[],
  spot: Spot,
): HttpGet | undefined {
  const port = readPort(api.port, ports, spot)
  if (port === undefined) return undefined
  return {
    kind: 'httpGet',
    scheme: api.scheme === 'HTTPS' ? 'https' : 'http',
    ...(api.host !== undefined && { host: api.host }),
    port,
    path: api.path,
    headers: api.httpHeaders,
  }
}

function readTcpSocket(
  api: NonNullable<ApiProbe['tcpSocket']>,
  ports: readonly ContainerPort[],
  spot: Spot,
): TcpSocket | undefined {
  const port = readPort(api.port, ports, spot)
  return port === undefined ? undefined : { kind: 'tcpSocket', ...(api.host !== undefined && { host: api.host }), port }
}

function readPort(api: number | string, ports: readonly ContainerPort[], spot: Spot): number | undefined {
  if (typeof api === 'number') return api
  const named = ports.find(({ name }) => name === api)
  const names = ports.flatMap(({ name }) => name ?? [])
  if (named === undefined) {
    spot
      .at('port')
      .problem(`expected the name of a port of this container (${names.join(', ') || 'it has none'}), found "${api}"`)
  }
  return named?.containerPort
}
