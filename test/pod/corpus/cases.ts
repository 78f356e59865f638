/** The Pods of the corpus: their manifests, and the golden files beside them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type Golden, readGolden } from './golden.ts'
import { type Plan, planAnnotation, readPlan } from './plan.ts'

export interface Case {
  /** Of the Pod and of its file: the rule that it shows. */
  readonly name: string
  readonly file: string
  readonly text: string
  readonly plan: Plan
  readonly goldenFile: string
}

const folder = join(import.meta.dirname, 'pods')
const goldenEnd = '.kubelet.yaml'

/** @throws Error for a manifest without a plan */
export function readCases(): Case[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml') && !file.endsWith(goldenEnd))
    .sort()
    .map((name) => readCase(name.replace(/\.yaml$/, '')))
}

function readCase(name: string): Case {
  const file = join(folder, `${name}.yaml`)
  const text = readFileSync(file, 'utf8')
  const plan = readPlan(parse(text).metadata?.annotations?.[planAnnotation])
  return { name, file, text, plan, goldenFile: join(folder, `${name}${goldenEnd}`) }
}

/** @throws Error saying how to record it */
export function goldenOfCase({ name, goldenFile }: Case): Golden {
  if (!existsSync(goldenFile)) throw new Error(`${name} was never recorded: npm run e2e -- --record ${name}`)
  return readGolden(readFileSync(goldenFile, 'utf8'))
}
