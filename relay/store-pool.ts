/**
 * The account of the pool, over libsql: who claims which one, and which one is believed.
 * @module
 */
import { fromHex, hex } from '../core/bytes.ts'
import type { PoolStore } from './store.ts'
import { bytesOf, type Engine } from './store-engine.ts'

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
  }
}
