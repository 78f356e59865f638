/** What a page of metrics says, asked from outside the Pod. */
import type { Pod } from '../../kube/objects.ts'
import type { Stage } from './stage.ts'

/** Sum over the series of one metric; 0 when the page has none. */
export async function sumOf(stage: Stage, pod: Pod, port: number, metric: string): Promise<number> {
  const page = await stage.ask(pod, port, '/metrics')
  const samples = page.split('\n').filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `))
  return samples.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)
}
