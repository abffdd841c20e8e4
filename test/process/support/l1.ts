/**
 * An Ethereum node started by hand, and its chain as any client sees it: viem, nothing of the project.
 * @module
 */
import { createPublicClient, createWalletClient, type Hex, http, type PublicClient, parseEther, type Transaction } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { findAnvil } from '../../../signer-node/anvil-binary.ts'
import { type Program, run } from './program.ts'

export interface Node {
  readonly url: string
  readonly client: PublicClient
  readonly program: Program
}

/** anvil on a free port; without arguments as it comes, mining on demand. */
export async function startNode(args: readonly string[] = []): Promise<Node> {
  const program = run(findAnvil(), ['--host', '127.0.0.1', '--port', '0', ...args], { name: 'anvil' })
  const port = await program.until('its port', () => /Listening on 127\.0\.0\.1:(\d+)/.exec(program.stdout)?.[1])
  const url = `http://127.0.0.1:${port}`
  return { url, program, client: createPublicClient({ chain: foundry, transport: http(url, { retryCount: 0 }), pollingInterval: 100, cacheTime: 0 }) }
}

/** Ether from a development account. */
export async function sendEther(node: Node, to: Hex, ether: string): Promise<void> {
  const account = mnemonicToAccount('test test test test test test test test test test test junk')
  const wallet = createWalletClient({ account, chain: foundry, transport: http(node.url) })
  const hash = await wallet.sendTransaction({ to, value: parseEther(ether) })
  await node.client.waitForTransactionReceipt({ hash })
}

export interface Posted {
  readonly transaction: Transaction
  readonly block: number
  /** Seconds since 1970. */
  readonly blockTime: number
  readonly succeeded: boolean
}

/** Every transaction of `from` on the chain, in order. */
export async function transactionsFrom({ client }: Pick<Node, 'client'>, from: string): Promise<Posted[]> {
  const found: Posted[] = []
  const head = await client.getBlockNumber()
  for (let number = 0n; number <= head; number++) {
    const block = await client.getBlock({ blockNumber: number, includeTransactions: true })
    for (const transaction of block.transactions) {
      if (transaction.from.toLowerCase() !== from.toLowerCase()) continue
      const { status } = await client.getTransactionReceipt({ hash: transaction.hash })
      found.push({ transaction, block: Number(number), blockTime: Number(block.timestamp), succeeded: status === 'success' })
    }
  }
  return found
}
