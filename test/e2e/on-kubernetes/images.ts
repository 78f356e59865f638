/** Brings the images to the nodes of a cluster that cannot pull them. */

import { runProgram } from '../../../tools/setup/run-program.ts'
import { KubeTrouble } from '../../kube/trouble.ts'

/** All that the scenarios run. */
export const images = ['ambassador', 'config-helper', 'adapter', 'init-waiter', 'checkout', 'inventory', 'load'].map(
  (name) => `podmates/${name}:dev`,
)
/** All that the Pods of test/pod/corpus run. */
export const puppetImage = 'podmates/puppet:dev'

/**
 * Runs the command once for each image, with the image in place of `{image}`.
 * @throws KubeTrouble with the command's own words when it fails
 */
export async function loadImages(
  command: readonly string[],
  wanted: readonly string[],
  onLoaded: (image: string) => void,
): Promise<void> {
  for (const image of wanted) {
    const [program = '', ...args] = command.map((word) => word.replaceAll('{image}', image))
    const { code, stdout, stderr } = await runProgram(program, args)
    if (code !== 0)
      throw new KubeTrouble(
        `"${[program, ...args].join(' ')}" failed with exit code ${code}: ${(stderr || stdout).trim()}`,
        'try the command by itself; --load "COMMAND {image}"',
      )
    onLoaded(image)
  }
}
