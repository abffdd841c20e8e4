/**
 * A process that runs jobs with a peer's package: `peer-process.js ID FOLDER`, the folder that it was installed in. Started by run.ts.
 * @module
 */
import { createRequire } from 'node:module'
import { isAbsolute, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { serveLane } from '../lane-protocol.ts'
import { nodePlatform } from '../node-platform.ts'
import { PEERS } from './all.ts'

serveLane(async () => {
  const [id, folder = ''] = process.argv.slice(2)
  const peer = PEERS.find(candidate => candidate.id === id)
  if (peer === undefined) throw new Error(`no peer ${id}`)
  const require = createRequire(join(folder, 'package.json'))
  const load = (specifier: string): Promise<unknown> => import(pathToFileURL(isAbsolute(specifier) ? specifier : require.resolve(specifier)).href)
  const run = await peer.open(load, folder)
  return job => run(job, nodePlatform)
})
