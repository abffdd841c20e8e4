/**
 * L2 users: throwaway accounts that sign transfers and hand them in at `/rpc`, one after the other. Keys follow from a seed, so a run can be repeated.
 * @module
 */
import { type Hex, keccak256, stringToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { type Patience, until } from './until.ts'

export interface Traffic {
  /** Signs and hands in so many, in order; each is admitted before the next one is sent. */
  submit(count: number): Promise<void>
  /** The same, but signed only when there is a relay again: keeps knocking. */
  submitPatiently(count: number, patience?: Patience): Promise<void>
  /** Everything that was admitted, in order. */
  readonly sent: readonly { readonly hash: Hex; readonly raw: Hex }[]
}

export interface RpcError {
  readonly code: number
  readonly message: string
}

/** One JSON-RPC call. */
export async function rpc<T>(url: string, method: string, params: readonly unknown[]): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(10_000),
  })
  const answer = (await response.json()) as { result?: T; error?: RpcError }
  if (answer.error !== undefined || answer.result === undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`)
  return answer.result
}

/** Three senders in turn. */
export function createTraffic(rpcUrl: string, l2ChainId: number, seed: string): Traffic {
  const users = [0, 1, 2].map(i => ({ account: privateKeyToAccount(keccak256(stringToHex(`${seed}/${i}`))), nonce: 0 }))
  const sent: { hash: Hex; raw: Hex }[] = []

  async function next(): Promise<Hex> {
    const user = users[sent.length % users.length] as (typeof users)[number]
    const to = (users[(sent.length + 1) % users.length] as (typeof users)[number]).account.address
    return user.account.signTransaction({
      type: 'eip1559',
      chainId: l2ChainId,
      nonce: user.nonce,
      to,
      value: BigInt(sent.length + 1),
      gas: 21_000n,
      maxFeePerGas: 1_000_000_000n,
      maxPriorityFeePerGas: 1_000_000n,
    })
  }

  async function hand(raw: Hex): Promise<Hex> {
    const hash = await rpc<Hex>(rpcUrl, 'eth_sendRawTransaction', [raw])
    if (hash !== keccak256(raw)) throw new Error(`the relay answered ${hash} for ${keccak256(raw)}`)
    return hash
  }

  function admitted(raw: Hex, hash: Hex): void {
    ;(users[sent.length % users.length] as (typeof users)[number]).nonce++
    sent.push({ hash, raw })
  }

  return {
    sent,
    async submit(count) {
      for (let i = 0; i < count; i++) {
        const raw = await next()
        admitted(raw, await hand(raw))
      }
    },
    async submitPatiently(count, patience) {
      for (let i = 0; i < count; i++) {
        const raw = await next()
        // A repeated one is known to the relay and gets the same answer.
        admitted(raw, await until('a relay that takes a transaction', () => hand(raw), patience))
      }
    },
  }
}
