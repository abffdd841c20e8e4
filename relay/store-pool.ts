/**
 * Facts about the pool that survive a restart, over libsql: who claims which account, which one is believed, the newest announced turn.
 * @module
 */
import { fromHex, hex } from '../core/bytes.ts'
import { struct, u32, u53, version } from '../core/codec.ts'
import type { PoolStore } from './store.ts'
import { bytesOf, type Engine } from './store-engine.ts'

const turnCodec = struct({ version: version(1), height: u53, round: u32, opensAt: u53 })

export function poolStore(engine: Engine): PoolStore {
  const claim = engine.query('INSERT OR REPLACE INTO account_claims (seat, address, key_id) VALUES (?, ?, ?)')
  const agreeing = engine.query('SELECT seat FROM account_claims WHERE address = ? ORDER BY seat')
  const get = engine.query('SELECT value FROM meta WHERE name = ?')
  const put = engine.query('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)')
  return {
    claimAccount: (seat, address, keyId) =>
      engine.write(() => {
        claim.run(seat, fromHex(address), fromHex(keyId))
        return agreeing.all(fromHex(address)).map(row => Number(row.seat))
      }),
    async account() {
      const row = get.get('account')
      return row === undefined ? undefined : hex(bytesOf(row.value))
    },
    believeAccount: address =>
      engine.write(() => {
        if (get.get('account') === undefined) put.run('account', fromHex(address))
      }),
    async turn() {
      const row = get.get('turn')
      if (row === undefined) return undefined
      const { version: _, ...turn } = turnCodec.decode(bytesOf(row.value))
      return turn
    },
    saveTurn: turn => engine.write(() => void put.run('turn', turnCodec.encode({ version: 1, ...turn }))),
  }
}
