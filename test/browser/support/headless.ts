/**
 * Headless members in the test's own process, for pools of which a tab is a member.
 * @module
 */
import { createMember, type Member } from '../../../core/member/member.ts'
import type { Pool } from '../../../core/proposal/pool.ts'
import { dialRelay } from '../../../signer-node/dial.ts'
import { createL1Client } from '../../../signer-node/l1-client.ts'
import { nodeClock } from '../../../signer-node/node-clock.ts'
import { nodeDeflate } from '../../../signer-node/zlib.ts'
import { testIdentitySeed } from '../../support/identity.ts'
import { memoryDisk } from '../../support/memory-disk.ts'
import { testVoteKey } from '../../support/pool.ts'

/** Starts the member of a test identity; its memory is its disk. */
export async function startHeadless(
  person: number,
  { pool, socketUrl, l1Rpc, inbox }: { pool: Pool; socketUrl: string; l1Rpc: string; inbox: `0x${string}` },
): Promise<Member> {
  const { vault, guard } = memoryDisk({ identitySeed: testIdentitySeed(person), voteKey: testVoteKey(person) }).open()
  const member = await createMember({
    pool,
    vault,
    guard,
    l1: createL1Client({ url: l1Rpc, inbox }),
    dial: dialRelay(socketUrl),
    relayOrigin: new URL(socketUrl).origin,
    clock: nodeClock,
    random: length => crypto.getRandomValues(new Uint8Array(length)),
    log: () => {},
    deflate: nodeDeflate,
    onReport: () => {},
    onEvent: () => {},
  })
  await member.start()
  return member
}
