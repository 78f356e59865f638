/** The driver that the command line asks for. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { goApps } from '../../../tools/setup/go.ts'
import { dockerDriver } from '../drive/docker/docker-driver.ts'
import type { Driver } from '../drive/driver.ts'
import { pathModeOfMachine, processDriver } from '../drive/process/process-driver.ts'
import { type GoAppPaths, nameOf, podmatesPrograms } from '../drive/process/programs.ts'
import type { PodSpec } from '../manifest/pod-manifest.ts'
import type { RunOptions } from './options.ts'

/** @throws when a Go app of the Pod cannot be built */
export async function chooseDriver(options: RunOptions, pod: PodSpec, root: string): Promise<Driver> {
  if (options.driver === 'docker') return dockerDriver()
  const given = Object.entries(options.images).map(
    ([name, words]) => [name, { entrypoint: words.map(fromHere) }] as const,
  )
  const programs = { ...podmatesPrograms(root, await appsOf(pod)), ...Object.fromEntries(given) }
  return processDriver({ programs, paths: options.paths ?? (await pathModeOfMachine()) })
}

/** Containers run in the root directory: a file that the user named from elsewhere needs its whole path. */
function fromHere(word: string): string {
  return word.includes('/') && existsSync(word) ? resolve(word) : word
}

const goImages = ['podmates/checkout', 'podmates/inventory', 'podmates/puppet']

/** Go is needed only by Pods that have one of its apps. */
function appsOf({ containers }: PodSpec): Promise<GoAppPaths> | GoAppPaths {
  const names = containers.map(({ image }) => nameOf(image))
  return names.some((name) => goImages.includes(name)) ? goApps() : {}
}
