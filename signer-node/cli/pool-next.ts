/**
 * Puts the next pool together from the one before it and the invites of who joins.
 * @module
 */
import { PoolError } from '../../core/errors.ts'
import { defaultQuorum, type Pool, type PoolMember } from '../../core/proposal/pool.ts'
import { successorOf } from '../../core/proposal/succession.ts'
import { readJson, readPool } from './files.ts'
import { parseInvite } from './invite.ts'

export interface PoolNextOptions {
  readonly pool: string
  readonly account: `0x${string}`
  readonly keyId: `0x${string}`
  readonly add: readonly string[]
  readonly remove: readonly string[]
  /** `seat=file`. */
  readonly replace: readonly string[]
  readonly threshold?: number
  readonly quorum?: number
  readonly relay?: string
}

const usage = (problem: string): PoolError => new PoolError('usage', { problem })

/**
 * Members that stay keep their seats; new ones get seats that nobody had, so that a seat means one person, except where it is replaced on purpose.
 * @throws {PoolError} `usage`, `bad-invite`, `input-file`, `bad-pool-file`.
 */
export async function nextPool(options: PoolNextOptions): Promise<Pool> {
  const pool = readPool(options.pool)
  const members = new Map(pool.members.map(member => [member.seat, member]))
  const seatOf = (text: string, option: string): number => {
    const seat = Number(text)
    if (!members.has(seat)) throw usage(`${option} ${text}: no member has this seat, or it was named twice`)
    return seat
  }
  const invited = async (seat: number, file: string): Promise<PoolMember> => {
    const { name, ...invite } = await parseInvite(readJson(file), file)
    return { seat, ...invite, ...(name === '' ? {} : { name }) }
  }
  for (const text of options.remove) members.delete(seatOf(text, '--remove'))
  const replaced: PoolMember[] = []
  for (const text of options.replace) {
    const at = text.indexOf('=')
    if (at < 1) throw usage(`--replace ${text}: give SEAT=FILE`)
    const seat = seatOf(text.slice(0, at), '--replace')
    members.delete(seat)
    replaced.push(await invited(seat, text.slice(at + 1)))
  }
  let free = Math.max(...pool.members.map(member => member.seat)) + 1
  const added: PoolMember[] = []
  for (const file of options.add) added.push(await invited(free++, file))
  const next = [...members.values(), ...replaced, ...added]
  if (next.length < 2) throw usage('fewer than two members would be left')
  const threshold = options.threshold ?? Math.min(pool.threshold, next.length)
  const agreementQuorum = options.quorum ?? defaultQuorum(next.length, threshold)
  const change = { members: next, threshold, agreementQuorum, ...(options.relay === undefined ? {} : { relay: options.relay }) }
  return successorOf(pool, options, change)
}
