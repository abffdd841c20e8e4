/**
 * BitGo's library, which drives a package of Silence Laboratories and brings its sessions back from bytes between rounds.
 * @module
 */
import { Buffer } from 'node:buffer'
import type { Platform, Sample } from '../jobs.ts'
import { type Peer, seatsTo } from './peer.ts'

interface Broadcast {
  readonly from: number
  readonly payload: Uint8Array
}
interface Direct extends Broadcast {
  readonly to: number
}
interface Messages {
  readonly broadcastMessages: readonly Broadcast[]
  readonly p2pMessages: readonly Direct[]
}
interface Party {
  handleIncomingMessages(messages: Messages): Messages
}
interface Dkg extends Party {
  initDkg(): Promise<Broadcast>
  getKeyShare(): Buffer
}
interface Dsg extends Party {
  init(): Promise<Broadcast>
  readonly signature: { readonly R: Uint8Array; readonly S: Uint8Array }
}
interface Package {
  readonly DklsDkg: { readonly Dkg: new (n: number, t: number, party: number) => Dkg }
  readonly DklsDsg: { readonly Dsg: new (share: Buffer, party: number, path: string, hash: Buffer) => Dsg }
}

/** Rounds after the first message, of both protocols. */
const ROUNDS = 4

/** Passes everything on, round by round; gives the bytes of party 0 towards party 1. */
function pass(parties: readonly Party[], first: readonly Broadcast[]): number {
  let sent: Messages[] = first.map(message => ({ broadcastMessages: [message], p2pMessages: [] }))
  let bytes = 0
  for (let round = 0; round < ROUNDS; round++) {
    const broadcast = sent.flatMap(messages => messages.broadcastMessages)
    const direct = sent.flatMap(messages => messages.p2pMessages)
    for (const message of [...broadcast, ...direct.filter(message => message.to === 1)]) if (message.from === 0) bytes += message.payload.length
    sent = parties.map((party, seat) =>
      party.handleIncomingMessages({
        broadcastMessages: broadcast.filter(message => message.from !== seat),
        p2pMessages: direct.filter(message => message.to === seat),
      }),
    )
  }
  return bytes
}

export const bitgo: Peer = {
  id: 'bitgo',
  package: { name: '@bitgo/sdk-lib-mpc', version: '10.14.0' },
  async open(load) {
    const { DklsDkg, DklsDsg } = (await load('@bitgo/sdk-lib-mpc')) as Package
    let kept: Buffer[] | undefined

    async function generate(threshold: number, members: number): Promise<Buffer[]> {
      const parties = seatsTo(members).map(seat => new DklsDkg.Dkg(members, threshold, seat))
      const first: Broadcast[] = []
      for (const party of parties) first.push(await party.initDkg())
      pass(parties, first)
      return parties.map(party => party.getKeyShare())
    }

    async function sign(count: number, platform: Platform): Promise<Sample> {
      kept ??= await generate(2, 3)
      const shares = kept
      let [cpu, bytesPerDirection] = [0, 0]
      for (let i = 0; i < count; i++) {
        const stop = platform.watch()
        const parties = [0, 1].map(seat => new DklsDsg.Dsg(shares[seat] as Buffer, seat, 'm', Buffer.alloc(32, i + 1)))
        const first: Broadcast[] = []
        for (const party of parties) first.push(await party.init())
        bytesPerDirection = pass(parties, first)
        if (parties.some(party => party.signature.R.length !== 32)) throw new Error('no signature')
        cpu += stop()
      }
      return { ms: cpu / count / 2, facts: { bytesPerDirection } }
    }

    return async (job, platform) => {
      if (job.job === 'sign' && job.signers === 2) return sign(job.count, platform)
      if (job.job !== 'dkg') return {}
      const stop = platform.watch()
      await generate(job.threshold, job.members)
      return { ms: stop() / job.members }
    }
  },
}
