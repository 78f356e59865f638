import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { docker, type Machine } from './docker.ts'
import { fakePrograms } from './fake-programs.ts'

/** Answers once the engine has been started. */
const dockerProgram =
  '[ "$1" = --version ] && exit; if [ -e $FOLDER/running ]; then echo 20.10.24; else echo cannot connect >&2; exit 1; fi'
/** Brings the engine, as the package docker.io does. */
const aptGet = `
echo "$*" >> $FOLDER/apt-log
case "$2" in install) printf '#!/bin/sh\\n[ "$1" = --version ] || : > %s/running\\n' $FOLDER > $FOLDER/dockerd; /bin/chmod 755 $FOLDER/dockerd;; esac`

let machine: Machine

function machineWith(scripts: Readonly<Record<string, string>>, facts: Partial<Machine> = {}): string {
  const folder = fakePrograms(scripts)
  vi.stubEnv('PATH', folder)
  machine = { uid: 0, isDebian: true, folder, ...facts }
  return folder
}

beforeEach(() => {
  vi.stubEnv('DOCKER_HOST', undefined)
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

it('takes the engine that answers', async () => {
  machineWith({ docker: 'echo 28.0.1' })
  expect(await docker(machine)).toEqual({ available: true, version: '28.0.1' })
})

it('installs the engine as root on Debian, starts it and waits until it answers', async () => {
  const folder = machineWith({ docker: dockerProgram, 'apt-get': aptGet })
  expect(await docker(machine)).toEqual({ available: true, version: '20.10.24' })
  expect(existsSync(join(folder, 'apt-log'))).toBe(true)
})

it('installs the client too, where it is a package of its own', async () => {
  const separate = `${aptGet}
case "$*" in *docker-cli*) /bin/cp $FOLDER/client $FOLDER/docker;; esac`
  const folder = machineWith({ client: dockerProgram, 'apt-get': separate })
  expect(await docker(machine)).toEqual({ available: true, version: '20.10.24' })
  expect(readFileSync(join(folder, 'apt-log'), 'utf8')).toBe(`-q update
-q install -y --no-install-recommends docker.io iptables
-q install -y --no-install-recommends docker-cli
`)
})

it('starts none when the package has started it, as it does where there is systemd', async () => {
  const withService = `${aptGet}\ncase "$2" in install) : > $FOLDER/running;; esac`
  const folder = machineWith({ docker: dockerProgram, 'apt-get': withService })
  expect(await docker(machine)).toEqual({ available: true, version: '20.10.24' })
  expect(existsSync(join(folder, 'dockerd.log'))).toBe(false)
})

it('takes the engine that was quicker than the one it starts', async () => {
  machineWith({
    docker: dockerProgram,
    dockerd: 'case "$1" in --version) exit 0;; esac; /bin/sleep 0.1; : > $FOLDER/running; exit 1',
  })
  expect(await docker(machine)).toEqual({ available: true, version: '20.10.24' })
})

it('starts an engine that is installed, without asking apt-get', async () => {
  const folder = machineWith({ docker: dockerProgram, dockerd: ': > $FOLDER/running', 'apt-get': aptGet })
  expect(await docker(machine)).toEqual({ available: true, version: '20.10.24' })
  expect(existsSync(join(folder, 'apt-log'))).toBe(false)
})

it.each([
  ['nobody but root may install', { uid: 1000 }],
  ['only Debian is known', { isDebian: false }],
])('says what to do where %s', async (_why, facts) => {
  machineWith({ docker: dockerProgram, 'apt-get': aptGet }, facts)
  expect(await docker(machine)).toEqual({
    available: false,
    reason: 'no Docker engine answers',
    remedy: expect.stringContaining('docs.docker.com'),
  })
})

it('installs nothing when DOCKER_HOST says that the engine is elsewhere', async () => {
  const folder = machineWith({ docker: dockerProgram, 'apt-get': aptGet })
  vi.stubEnv('DOCKER_HOST', 'tcp://build:2375')
  expect(await docker(machine)).toMatchObject({ available: false, reason: expect.stringContaining('tcp://build:2375') })
  expect(existsSync(join(folder, 'apt-log'))).toBe(false)
})

it("gives apt-get's last words when it fails", async () => {
  machineWith({ docker: dockerProgram, 'apt-get': 'echo reading >&2; echo E: no network >&2; exit 100' })
  expect(await docker(machine)).toMatchObject({ available: false, reason: 'apt-get update failed: E: no network' })
})

it('gives the last words of an engine that does not start', async () => {
  machineWith({ docker: dockerProgram, dockerd: 'case "$1" in --version) exit 0;; esac; echo no cgroups; exit 1' })
  expect(await docker(machine)).toMatchObject({
    available: false,
    reason: 'the Docker engine cannot be started: it ended with exit code 1: no cgroups',
  })
})
