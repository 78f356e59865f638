/** The corpus as plain processes of this machine; needs Go for the puppet. */

import { rootFolder } from '../../../tools/setup/cache-folder.ts'
import { goApps } from '../../../tools/setup/go.ts'
import { pathModeOfMachine, processDriver } from '../drive/process/process-driver.ts'
import { podmatesPrograms } from '../drive/process/programs.ts'
import { corpusOn } from './corpus.case.ts'

const programs = podmatesPrograms(rootFolder, await goApps())
const paths = await pathModeOfMachine()

corpusOn({ driver: processDriver({ programs, paths }) })
