/**
 * What a member tells its host: public facts for logs, terminals and pages.
 * @module
 */

export type MemberEvent =
  | { readonly kind: 'key'; readonly account: `0x${string}`; readonly keyId: `0x${string}` }
  /** The shares are of a later generation now. */
  | { readonly kind: 'refreshed'; readonly epochNo: number }
  | { readonly kind: 'proposed'; readonly height: number; readonly round: number; readonly blocks: number; readonly transactions: number }
  | { readonly kind: 'refused'; readonly height: number; readonly round: number; readonly reason: string }
  | { readonly kind: 'agreed'; readonly height: number; readonly round: number; readonly votes: number }
  | {
      readonly kind: 'signed'
      readonly height: number
      readonly round: number
      readonly proposer: number
      readonly signers: readonly number[]
      readonly hash: `0x${string}`
      /** ms from the proposal to the signature. */
      readonly latencyMs: number
    }
  | {
      readonly kind: 'batch'
      readonly height: number
      readonly nonce: number
      readonly hash: `0x${string}`
      readonly l1Block: number
      readonly l2Blocks: number
      readonly transactions: readonly `0x${string}`[]
      /** Read while catching up with L1: it was there before this member started. */
      readonly replayed: boolean
    }
  /** Heights >= `from` are gone from L1. */
  | { readonly kind: 'reorg'; readonly from: number }
