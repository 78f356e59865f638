import { GenericContainer, type StartedTestContainer } from 'testcontainers'

/** Of ten ports in a row each: a flood leaves most of the host's ports in TIME_WAIT for a minute, some hundred in a row. */
const startsMax = 30

/**
 * Starts again where the engine has published a port that a program of the host took in the meantime: it chooses
 * among all free ones without holding them, and a busy machine has hundreds of connections.
 */
export class TestContainer extends GenericContainer {
  override async start(): Promise<StartedTestContainer> {
    for (let starts = 1; ; starts += 1) {
      try {
        return await super.start()
      } catch (error) {
        if (starts === startsMax || !String(error).includes('address already in use')) throw error
      }
    }
  }
}
