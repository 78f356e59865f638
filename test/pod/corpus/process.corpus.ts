/** The corpus as plain processes of this machine; needs Go for the puppet. */
import { goApps } from '../../../tools/setup/go.ts'
import { pathModeOfMachine, processDriver } from '../drive/process/process-driver.ts'
import { corpusOn } from './corpus.case.ts'

const { puppet } = await goApps()
const programs = {
  'podmates/puppet': { entrypoint: [puppet], commands: { '/usr/bin/app': [puppet] } },
}
const paths = await pathModeOfMachine()

corpusOn({ name: 'process', driver: async () => processDriver({ programs, paths }) })
