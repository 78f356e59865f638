/** What stands for an upstream in the logs and metrics of a forward proxy, which has none. */
export const forwardLabel = 'forward'
