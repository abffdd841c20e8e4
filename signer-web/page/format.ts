/**
 * Numbers and names as people read them. Pure.
 * @module
 */

const plain = new Intl.NumberFormat('en')

/** `12,345`; a dash for what is not known. */
export const count = (value: number | undefined): string => (value === undefined ? '–' : plain.format(value))

/** `1 batch`, `3 batches`. */
export const counted = (value: number, one: string, many = `${one}s`): string => `${plain.format(value)} ${value === 1 ? one : many}`

/** `850 ms`, `2.4 s`, `3 min 05 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** Like {@link duration}, in whole seconds: it does not jitter while it counts. */
export const countdown = (ms: number): string => (ms < 60_000 ? `${Math.max(0, Math.ceil(ms / 1000))} s` : duration(Math.ceil(ms / 1000) * 1000))

/** `0x1234…cdef`. */
export const shortHex = (hex: string): string => (hex.length <= 14 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`)

/** Wei as ether, or gwei when that is a small number; three significant digits. */
export function wei(value: bigint | undefined): string {
  if (value === undefined) return '–'
  if (value === 0n) return '0 ETH'
  if (value < 1_000n) return `${value} wei`
  const amount = Number(value)
  return amount < 1e12 ? `${significant(amount / 1e9)} gwei` : `${significant(amount / 1e18)} ETH`
}

const significant = (value: number): string => new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(value)

/** Time of day by this machine's clock. */
export const timeOfDay = (at: number): string =>
  new Date(at).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })

/** Day and time by this machine's clock. */
export const dateAndTime = (at: number): string =>
  new Date(at).toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' })

const CHAINS: Readonly<Record<number, { readonly name: string; readonly explorer?: string }>> = {
  1: { name: 'Ethereum', explorer: 'https://etherscan.io' },
  10: { name: 'OP Mainnet', explorer: 'https://optimistic.etherscan.io' },
  8453: { name: 'Base', explorer: 'https://basescan.org' },
  11155111: { name: 'Sepolia', explorer: 'https://sepolia.etherscan.io' },
  560048: { name: 'Hoodi', explorer: 'https://hoodi.etherscan.io' },
  31337: { name: 'local development chain' },
}

/** `Sepolia (11155111)`. */
export function chainName(id: number | undefined): string {
  if (id === undefined) return '–'
  const known = CHAINS[id]
  return known === undefined ? `chain ${id}` : `${known.name} (${id})`
}

/** Where a block explorer shows something of this chain; undefined for chains that have none. */
export function explorerLink(chainId: number | undefined, kind: 'tx' | 'address' | 'block', what: string | number): string | undefined {
  const base = chainId === undefined ? undefined : CHAINS[chainId]?.explorer
  return base === undefined ? undefined : `${base}/${kind}/${encodeURIComponent(what)}`
}
