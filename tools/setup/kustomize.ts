/** The real Kustomize, which renders our components in tests as `kubectl apply -k` would. */
import { goTool } from './go.ts'

const module = 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1'

/**
 * @returns the path of the program, built unless it is there
 * @throws Error when Go is missing, with how to get it
 */
export function kustomize(): Promise<string> {
  return goTool({ name: 'kustomize', module, package: '.', ldflags: '' }, 'about a minute')
}
