/** The corpus as containers of a Docker engine; needs the images. */
import { dockerDriver } from '../drive/docker/docker-driver.ts'
import { corpusOn } from './corpus.case.ts'

// Every signal and every end is a process of the docker command line, and they add up from one turn to the next.
corpusOn({ driver: dockerDriver(), lateS: 4 })
