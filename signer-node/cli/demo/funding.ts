/**
 * Ether for the pool's account, from a development account on chain 31337 or from a key file anywhere else.
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { createPublicClient, createWalletClient, http, parseEther } from 'viem'
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { PoolError } from '../../../core/errors.ts'

/** Chain id of development nodes, whose accounts are public knowledge. */
export const DEVELOPMENT_CHAIN = 31_337
/** The mnemonic that every development node starts with (hardhat, anvil). Worthless anywhere else. */
const DEVELOPMENT_MNEMONIC = 'test test test test test test test test test test test junk'

/** Reads a 32-byte hex key from an owner-only file. @throws {PoolError} `key-file`. */
export function keyFrom(file: string): `0x${string}` {
  let text: string
  try {
    if ((statSync(file).mode & 0o077) !== 0) throw new PoolError('key-file', { file, problem: 'readable by others; chmod 600 it' })
    text = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    if (cause instanceof PoolError) throw cause
    throw new PoolError('key-file', { file, problem: 'cannot be read' }, { cause })
  }
  const hexKey = text.startsWith('0x') ? text : `0x${text}`
  if (!/^0x[0-9a-fA-F]{64}$/.test(hexKey)) throw new PoolError('key-file', { file, problem: 'is not one private key of 32 bytes in hex' })
  return hexKey as `0x${string}`
}

/**
 * Tops `account` up to `ether` and waits for the receipt. Gives the transaction hash, or undefined when nothing was missing.
 * @throws {PoolError} `not-funded` when there is no key for this chain or the transfer fails.
 */
export async function fund(input: {
  l1Rpc: string
  chainId: number
  account: `0x${string}`
  ether: string
  keyFile?: string | undefined
}): Promise<`0x${string}` | undefined> {
  const transport = http(input.l1Rpc, { retryCount: 0, timeout: 10_000 })
  const reader = createPublicClient({ transport, pollingInterval: 250 })
  const missing = parseEther(input.ether) - (await reader.getBalance({ address: input.account }))
  if (missing <= 0n) return undefined
  if (input.keyFile === undefined && input.chainId !== DEVELOPMENT_CHAIN)
    throw new PoolError('not-funded', {
      account: input.account,
      chainId: input.chainId,
      problem: 'pass --seed-account-key-file, or send ether to the account',
    })
  const from = input.keyFile === undefined ? mnemonicToAccount(DEVELOPMENT_MNEMONIC) : privateKeyToAccount(keyFrom(input.keyFile))
  try {
    const chain = {
      id: input.chainId,
      name: 'l1',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: [input.l1Rpc] } },
    }
    const wallet = createWalletClient({ account: from, transport, chain })
    const hash = await wallet.sendTransaction({ to: input.account, value: missing })
    await reader.waitForTransactionReceipt({ hash, timeout: 120_000 })
    return hash
  } catch (cause) {
    throw new PoolError('not-funded', { account: input.account, chainId: input.chainId, problem: 'the transfer failed' }, { cause })
  }
}
