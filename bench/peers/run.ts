/**
 * `npm run bench:peers`: this project beside other threshold-ECDSA packages, which are installed into a temporary folder for the time of the run.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Lane, openProcess } from '../lane.ts'
import { thisMachine } from '../machine.ts'
import { benchOptions } from '../options.ts'
import { json, machineLine, table } from '../report.ts'
import { measureFigures } from '../run-figures.ts'
import { openSubject } from '../subject.ts'
import { nameOf, PEERS } from './all.ts'
import { peerFigures } from './figures.ts'
import { install, licenceOf, makeProject } from './install.ts'
import type { Peer } from './peer.ts'

const note = (text: string): void => void process.stderr.write(`${text}\n`)

/** Installs the peer and starts its process; undefined, with a note, when that does not work. */
async function openPeer(peer: Peer, folder: string): Promise<Lane | undefined> {
  try {
    await makeProject(folder)
    note(`installing ${nameOf(peer)} (licence: ${await licenceOf(folder, peer.package)})`)
    await install(folder, peer.package)
    return await openProcess(new URL('./peer-process.js', import.meta.url), [peer.id, folder])
  } catch (error) {
    note(`${nameOf(peer)} is left out: ${error instanceof Error ? error.message.split('\n')[0] : error}`)
    return undefined
  }
}

async function run(): Promise<void> {
  const options = benchOptions('bench:peers')
  const folder = await mkdtemp(join(tmpdir(), 'sequorum-peers-'))
  note(`peers are installed into ${folder}, which is removed afterwards; they are no part of this project`)
  const subject = await openSubject(options.kernel, note)
  const lanes: Record<string, Lane> = {}
  try {
    for (const peer of PEERS) {
      const lane = await openPeer(peer, join(folder, peer.id))
      if (lane !== undefined) lanes[peer.id] = lane
    }
    const machine = thisMachine(subject.engine)
    const figures = peerFigures({ quick: options.quick, slow: subject.engine === 'reference' })
    const results = await measureFigures(figures, { ...lanes, subject: subject.lane }, name => note(`· ${name}`), options.only)
    process.stdout.write(`${machineLine(machine)}\n\n${table(results)}\n`)
    if (options.json) process.stdout.write(`${json({ machine, results })}\n`)
  } finally {
    await Promise.all([subject.lane, ...Object.values(lanes)].map(lane => lane.close()))
    await rm(folder, { recursive: true, force: true })
  }
}

await run()
