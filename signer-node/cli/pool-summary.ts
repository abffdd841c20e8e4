/**
 * A pool in a few lines for people, and as JSON for machines.
 * @module
 */
import { hex } from '../../core/bytes.ts'
import { DEALER_SEATS, type Pool, poolHash, poolToJson, resilience } from '../../core/proposal/pool.ts'
import { rosterOf } from '../../core/proposal/roster.ts'
import { print, printJson } from './output.ts'

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

/** Prints threshold, quorum, what the pool survives, its members and its hash. */
export function printPool(pool: Pool, { json = false, file }: { json?: boolean | undefined; file: string }): void {
  const survives = resilience(pool)
  const hash = hex(poolHash(pool))
  if (json) {
    const { threshold, agreementQuorum } = pool
    printJson({
      ok: true,
      file,
      poolHash: hash,
      threshold,
      agreementQuorum,
      survives: { silent: survives.crashes, cheaters: survives.cheaters },
      pool: poolToJson(pool),
    })
    return
  }
  const n = pool.members.length
  const { l1, l2, times } = pool
  print(`pool        ${pool.name}`)
  print(`file        ${file}`)
  print(`pool hash   ${hash}`)
  print(`threshold   ${pool.threshold} of ${n} shares make a signature`)
  print(`quorum      ${pool.agreementQuorum} of ${n} members have to agree to a batch`)
  print(
    `survives    ${plural(survives.crashes, 'silent member')}; never two contents for one height with up to ${plural(survives.cheaters, 'cheater')}`,
  )
  print(`L1          chain ${l1.chainId}, inbox ${l1.inbox}, from block ${l1.genesis.number}, ${plural(l1.confirmations, 'confirmation')}`)
  print(`L2          chain ${l2.chainId}, a block every ${l2.blockTime} s from ${new Date(l2.genesisTime * 1000).toISOString()}`)
  print(
    `turns       overdue after ${times.maxBatchDelay} ms, rounds of ${times.roundZero} ms + ${times.roundStep} ms each, ${times.epochLength} heights a rotation epoch`,
  )
  if (pool.parent !== undefined) {
    const { parent } = pool
    print(
      `parent      account ${parent.account} of pool ${parent.pool}: ${parent.threshold} of ${parent.members.length}, ${parent.agreementQuorum} have to retire`,
    )
  }
  if (pool.relay !== undefined) print(`relay       ${pool.relay}`)
  for (const { seat, name, weight, identity, vote } of pool.members)
    print(`seat ${String(seat).padEnd(6)} ${name ?? ''}${name === undefined ? '' : ', '}weight ${weight}, identity ${identity}, vote ${vote}`)
  for (const { seat, identity, member } of rosterOf(pool))
    if (!member) print(`leaves      seat ${seat - DEALER_SEATS} of the parent, identity ${identity}`)
}
