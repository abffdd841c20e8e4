/**
 * L2 traffic for the demo: throwaway accounts sign transfers and hand them in where any user would, at the relay's `/rpc`.
 * @module
 */
import { type Account, generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { PoolError } from '../../../core/errors.ts'

export interface Feed {
  /** Signs and submits `count` transactions, in order, after those of earlier calls. Gives their hashes. @throws {PoolError} `relay-refused`, `relay-unreachable`. */
  submit(count: number): Promise<readonly `0x${string}`[]>
  /** All hashes in order of submission. */
  readonly submitted: readonly `0x${string}`[]
}

interface RpcAnswer {
  readonly result?: string
  readonly error?: { readonly code: number; readonly message: string }
}

/** One JSON-RPC call. @throws {PoolError} `relay-unreachable`, `relay-refused`. */
export async function rpc(url: string, method: string, params: readonly unknown[]): Promise<string> {
  let answer: RpcAnswer
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      signal: AbortSignal.timeout(10_000),
    })
    answer = (await response.json()) as RpcAnswer
  } catch (cause) {
    throw new PoolError('relay-unreachable', { url: new URL(url).origin, method }, { cause })
  }
  if (answer.result === undefined) throw new PoolError('relay-refused', { method, reason: answer.error?.message ?? 'no result' })
  return answer.result
}

/** Senders take turns; each counts its own nonces from zero, since the accounts are new. */
export function createFeed(rpcUrl: string, l2ChainId: number, senders = 3): Feed {
  const accounts = Array.from({ length: senders }, () => ({ account: privateKeyToAccount(generatePrivateKey()), nonce: 0 }))
  const submitted: `0x${string}`[] = []
  let last: Promise<unknown> = Promise.resolve()

  async function submitNow(count: number): Promise<readonly `0x${string}`[]> {
    const hashes: `0x${string}`[] = []
    for (let i = 0; i < count; i++) {
      const sender = accounts[submitted.length % accounts.length] as {
        account: Account & { signTransaction: (tx: object) => Promise<string> }
        nonce: number
      }
      const to = (accounts[(submitted.length + 1) % accounts.length] as { account: Account }).account.address
      const raw = await sender.account.signTransaction({
        type: 'eip1559',
        chainId: l2ChainId,
        nonce: sender.nonce,
        to,
        value: 1n + BigInt(submitted.length),
        gas: 21_000n,
        maxFeePerGas: 1_000_000_000n,
        maxPriorityFeePerGas: 1_000_000n,
      })
      const hash = (await rpc(rpcUrl, 'eth_sendRawTransaction', [raw])) as `0x${string}`
      sender.nonce++
      submitted.push(hash)
      hashes.push(hash)
    }
    return hashes
  }

  return {
    submitted,
    submit(count) {
      const result = last.then(() => submitNow(count))
      last = result.catch(() => {})
      return result
    },
  }
}
