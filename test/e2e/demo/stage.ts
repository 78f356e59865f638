/**
 * Where the demo plays: the example's manifest with what a cluster would have given it (DNS for the upstream)
 * replaced by addresses on this machine, and a driver that runs it.
 */
import { readFileSync } from 'node:fs'
import { dockerDriver } from '../../pod/drive/docker/docker-driver.ts'
import type { Driver } from '../../pod/drive/driver.ts'
import { pathModeOfMachine, processDriver } from '../../pod/drive/process/process-driver.ts'
import { type GoAppPaths, podmatesPrograms } from '../../pod/drive/process/programs.ts'
import type { PodManifest } from '../../pod/manifest/pod-manifest.ts'
import { readManifest } from '../../pod/manifest/read-manifest.ts'

const example = 'k8s/examples/checkout.yaml'

/** The settings that the example's ConfigMap starts with. */
export function exampleSettings(): string {
  return String(exampleManifest().configMaps['checkout-app']?.['app.yaml'])
}

/** @param endpoints `host:port` of each replica, as a container of the Pod reaches it */
export function manifestFor(endpoints: readonly string[]): PodManifest {
  const manifest = exampleManifest()
  const podmates = manifest.configMaps['checkout-podmates'] ?? {}
  const ambassador = String(podmates['ambassador.yaml'])
  return {
    ...manifest,
    configMaps: {
      ...manifest.configMaps,
      'checkout-podmates': {
        ...podmates,
        'ambassador.yaml': replaced(ambassador, 'dns: "inventory:8080"', `endpoints: ${JSON.stringify(endpoints)}`),
      },
    },
    pod: {
      ...manifest.pod,
      containers: manifest.pod.containers.map((container) =>
        container.args === undefined
          ? container
          : { ...container, args: container.args.map((arg) => arg.replace('inventory:8080', endpoints[0] ?? '')) },
      ),
    },
  }
}

/** `process` runs every container as a child process from the checkout, `docker` from its image. */
export async function driverFor(name: 'process' | 'docker', root: string, apps: GoAppPaths): Promise<Driver> {
  if (name === 'docker') return dockerDriver({})
  return processDriver({ programs: podmatesPrograms(root, apps), paths: await pathModeOfMachine() })
}

function exampleManifest(): PodManifest {
  return readManifest([{ file: example, text: readFileSync(example, 'utf8') }], { workload: 'checkout' })
}

/** A demo that silently ran something else than the example would be a lie. */
function replaced(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`${example} no longer has ${from}`)
  return text.replace(from, to)
}
