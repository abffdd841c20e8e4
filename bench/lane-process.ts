/**
 * A process that runs jobs with one engine. Started by lane.ts with the engine's name.
 * @module
 */
import { type KernelName, selectKernel } from '../core/kernel/index.ts'
import { runJob } from './jobs.ts'
import { serveLane } from './lane-protocol.ts'
import { nodePlatform } from './node-platform.ts'

serveLane(() => {
  selectKernel(process.argv[2] as KernelName)
  return job => runJob(job, nodePlatform)
})
