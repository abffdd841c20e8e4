/**
 * Two bounds on the heights a member acts on, whatever anybody shows it.
 * @module
 */

export interface Watermarks {
  /** Highest height that L1 has finalized, -1 for none: nothing is ever voted on or signed at or below it. */
  readonly low: number
  /** Kill switch of the operator: nothing is voted on or signed above it. */
  readonly high?: number | undefined
}

export type WatermarkRefusal = 'final-height' | 'stopped'

/** Undefined when the member may act on the height. */
export function checkWatermarks(height: number, { low, high }: Watermarks): WatermarkRefusal | undefined {
  if (height <= low) return 'final-height'
  return high !== undefined && height > high ? 'stopped' : undefined
}
