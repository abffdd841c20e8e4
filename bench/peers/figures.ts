/**
 * What is measured beside the peers.
 * @module
 */
import type { Beside, Figure } from '../figures.ts'
import type { Job } from '../jobs.ts'
import { nameOf, PEERS } from './all.ts'
import type { Peer } from './peer.ts'

/** Rounds of slow peers, by id; a peer that is not named does not take part, `true` is all rounds. */
type Rounds = Readonly<Record<string, number | true>>

/** Signatures of a peer in one sample. Ours has more, so that samples are about as long: a short one would measure cold caches. */
const PEER_COUNT = 4

function besides(job: Job, rounds: Rounds): Beside[] {
  return PEERS.flatMap((peer: Peer): Beside[] => {
    const own = rounds[peer.id]
    if (own === undefined) return []
    const theirs = 'count' in job ? { ...job, count: Math.min(job.count, PEER_COUNT) } : job
    return [{ name: nameOf(peer), lane: peer.id, job: theirs, ...(own === true ? {} : { rounds: own }) }]
  })
}

/** @param slow the subject is the reference engine. */
export function peerFigures({ quick, slow }: { quick: boolean; slow: boolean }): Figure[] {
  const dkg = (threshold: number, members: number, rounds: number, peers: Rounds): Figure => {
    const job: Job = { job: 'dkg', threshold, members }
    return { name: `dkg/${threshold}-of-${members}/cpu-per-party`, unit: 'ms', job, rounds: slow ? 1 : rounds, besides: besides(job, peers) }
  }
  const rounds = quick ? 5 : 15
  const signing = (name: string, job: Job, peers: Rounds): Figure => ({
    name: `sign/${name}`,
    unit: 'ms',
    job: slow && 'count' in job ? { ...job, count: 1 } : job,
    rounds,
    besides: besides(job, peers),
  })
  const fact = (name: string, job: Job, of: string, peers: Rounds): Figure => ({
    name,
    unit: 'bytes',
    job,
    fact: of,
    rounds: 1,
    besides: besides(job, peers),
  })
  const figures: Figure[] = [
    dkg(2, 3, quick ? 2 : 5, { silence: true, carbon: quick ? 1 : 3, bitgo: quick ? 1 : 3 }),
    signing('2-signers/cpu-per-party', { job: 'sign', signers: 2, count: 32 }, { silence: true, carbon: true, torus: true, bitgo: 2 }),
    signing('2-signers/online', { job: 'online', signers: 2, count: 32 }, { silence: true, torus: true }),
    fact('sign/2-signers/bytes-per-direction', { job: 'sign', signers: 2, count: 1 }, 'bytesPerDirection', {
      silence: true,
      carbon: true,
      torus: true,
      bitgo: 1,
    }),
    fact('share/bytes-per-peer', { job: 'share-size' }, 'bytesPerPeer', { silence: true, carbon: true }),
  ]
  if (quick) return figures
  return [
    ...figures,
    signing('3-signers/cpu-per-party', { job: 'sign', signers: 3, count: 16 }, { silence: 5, carbon: 3 }),
    dkg(3, 5, 3, { silence: 3, carbon: 1 }),
    signing('5-signers/cpu-per-party', { job: 'sign', signers: 5, count: 8 }, { silence: 3 }),
    dkg(5, 9, 2, { silence: 2 }),
  ]
}
