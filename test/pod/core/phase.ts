/** The phase of a Pod, computed from what its containers do, as the kubelet's getPhase does. */

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'
