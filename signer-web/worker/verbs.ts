/**
 * The verbs of a bare seat, over one open seat at most. Nothing rejects: failures are results.
 * @module
 */
import { assertBytes, fromHex, hex } from '../../core/bytes.ts'
import { asPoolError, type PoolError, PoolError as Problem } from '../../core/errors.ts'
import { kernel } from '../../core/kernel/index.ts'
import { decodeUnsignedTransaction, encodeSignedTransaction, sighash, transactionHash } from '../../core/l1/transaction.ts'
import { checkSignRequest, contentOfPayload } from '../../core/proposal/check.ts'
import { slotAt } from '../../core/slot.ts'
import { keygen, sign } from '../../core/threshold/index.ts'
import type { ApiResult, SeatStatus, SignDemand, SignerApi } from '../api.ts'
import { type LiveSeat, openSeat } from './live.ts'

const NOTHING = new Uint8Array(32)

function bytes32(text: string, title: string): Uint8Array {
  const bytes = fromHex(text, title)
  assertBytes(bytes, title, 32)
  return bytes
}

/** @param page address of the page's origin, where the relay is. */
export function createVerbs(page: string): SignerApi {
  let live: LiveSeat | undefined
  let opening = false
  let problem: PoolError | undefined
  const listeners = new Set<(status: SeatStatus) => void>()

  function status(): SeatStatus {
    return {
      state: live === undefined ? (opening ? 'connecting' : 'closed') : live.link.connected ? 'connected' : live.welcomed ? 'lost' : 'connecting',
      seat: live?.seat,
      poolName: live?.pool.name,
      online: live?.online ?? [],
      account: live?.share?.address,
      ceremony: live?.ceremonies.status(),
      problem: problem?.toJSON(),
    }
  }

  function changed(): void {
    const now = status()
    for (const listener of listeners) listener(now)
    if (live === undefined) return
    const { seat, share, ceremonies, link } = live
    const ceremony = ceremonies.status()
    const phase = ceremony === undefined ? (share === undefined ? 'starting' : 'ready') : ceremony.kind === 'keygen' ? 'keygen' : 'signing'
    link.report({
      seat,
      phase,
      height: 0,
      round: 0,
      refusals: [],
      kernel: kernel.name,
      ...(ceremony === undefined ? {} : { ceremony }),
      ...(share === undefined ? {} : { account: share.address }),
    })
  }

  async function attempt<T extends object>(work: () => Promise<T>): Promise<ApiResult<T>> {
    try {
      return { ok: true, ...(await work()) }
    } catch (error) {
      problem = asPoolError(error)
      return { ok: false, error: problem.toJSON() }
    } finally {
      changed()
    }
  }

  function opened(): LiveSeat {
    if (live === undefined) throw new Problem('seat-closed')
    return live
  }

  async function signBatch({ pool, seat, share, vault, ceremonies }: LiveSeat, demand: SignDemand) {
    if (share === undefined) throw new Problem('no-key')
    const session = bytes32(demand.session, 'session')
    const raw = fromHex(demand.transaction, 'transaction')
    const transaction = decodeUnsignedTransaction(raw)
    const height = transaction.nonce - pool.l1.nonceOffset
    if (height < 0) throw new Problem('sign-refused', { reason: 'wrong-nonce' })
    const place = { pool, account: share.address }
    const content = contentOfPayload(transaction.data, height, place)
    if (content === undefined) throw new Problem('sign-refused', { reason: 'wrong-content' })
    // A bare seat has no L1 node of its own, so it cannot judge fees.
    const refusal = checkSignRequest(raw, { ...place, height, content, payload: transaction.data, checkFees: () => undefined })
    if (refusal !== undefined) throw new Problem('sign-refused', { reason: refusal })
    const digest = sighash(raw)
    const authorised = await vault.authorise(height, hex(digest))
    if (authorised !== hex(digest)) throw new Problem('sign-refused', { reason: 'locked-elsewhere', height })
    const { quorum } = demand
    if (!quorum.includes(seat)) throw new Problem('bad-quorum', { reason: 'this member is not in it', quorum })
    const request = { transaction: raw, slot: slotAt(height, 0, pool.times.epochLength), content, path: [] }
    const run = ceremonies.run({ kind: 'sign', id: session, seats: quorum, payload: content, height, round: 0 }, ctx =>
      sign(ctx, share, { request, quorum }),
    )
    const signed = encodeSignedTransaction(transaction, await run.result)
    return { signed: hex(signed), hash: transactionHash(signed) }
  }

  return {
    open: request =>
      attempt(async () => {
        if (live !== undefined || opening) throw new Problem('seat-open')
        opening = true
        problem = undefined
        try {
          live = await openSeat(request, page, changed)
          return { account: live.share?.address, pending: live.pending }
        } finally {
          opening = false
        }
      }),
    session: () => attempt(async () => ({ session: hex(opened().random(32)) })),
    keygen: request =>
      attempt(async () => {
        const seat = opened()
        if (seat.share !== undefined) throw new Problem('key-exists', { account: seat.share.address })
        const { pool, ceremonies } = seat
        const plan = {
          kind: 'keygen',
          id: bytes32(request.session, 'session'),
          seats: pool.members.map(member => member.seat),
          payload: NOTHING,
        } as const
        const share = await ceremonies.run(plan, ctx => keygen(ctx, { threshold: pool.threshold })).result
        await seat.activate(share)
        return { account: share.address, keyId: hex(share.keyId) }
      }),
    sign: demand => attempt(() => signBatch(opened(), demand)),
    async status() {
      return status()
    },
    async watch(listener) {
      listeners.add(listener)
      listener(status())
    },
    close: () =>
      attempt(async () => {
        live?.close()
        live = undefined
        return {}
      }),
  }
}
