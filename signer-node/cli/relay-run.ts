/**
 * What `sequorum relay` does.
 * @module
 */
import { PoolError } from '../../core/errors.ts'
import { startRelay } from '../../relay/index.ts'
import { createLog } from '../log.ts'
import { pageDir } from './demo/places.ts'
import { EXIT } from './exit-codes.ts'
import { readPool } from './files.ts'
import { print, printJson } from './output.ts'
import type { RelayOptions } from './relay.ts'
import { onStopRequest } from './signals.ts'

/** Runs until a signal. @throws {PoolError} `usage`, `input-file`, `bad-pool-file`, `relay-*` */
export async function runRelay(options: RelayOptions): Promise<void> {
  const stop = onStopRequest()
  const pool = readPool(options.pool)
  const { tlsCert: cert, tlsKey: key } = options
  if ((cert === undefined) !== (key === undefined)) throw new PoolError('usage', { problem: '--tls-cert and --tls-key go together' })
  const relay = await startRelay({
    pool,
    host: options.host,
    port: options.port,
    dataDir: options.data,
    l1Rpc: options.l1,
    pageDir: options.page ?? pageDir(),
    pageL1: options.pageL1,
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    behindProxy: options.behindProxy,
    publicUrl: options.publicUrl,
    log: createLog({ name: 'relay', level: options.logLevel, format: options.json ? 'json' : 'text' }),
  })
  const early = stop.isRequested()
  if (!early) {
    if (options.json) printJson({ ok: true, event: 'listening', url: relay.url, memberUrl: relay.socketUrl, pool: pool.name })
    else print(`relay of ${pool.name} at ${relay.url}, members at ${relay.socketUrl}, L2 transactions at ${relay.url}/rpc`)
  }
  await stop.requested
  await relay.close()
  process.exitCode = early ? EXIT.interrupted : EXIT.ok
}
