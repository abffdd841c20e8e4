/**
 * Other threshold-ECDSA packages for JavaScript, as lanes of the bench. Each is called through what its package exports and nothing else; none is a
 * dependency of this project.
 * @module
 */
import type { Job, Platform, Sample } from '../jobs.ts'

export interface PeerPackage {
  readonly name: string
  /** Exact. */
  readonly version: string
  /** Where the registry has no licence for it: what its licence file says. */
  readonly licence?: string
}

/** One peer: its package, and how to run jobs with it. */
export interface Peer {
  readonly id: string
  readonly package: PeerPackage
  /**
   * Loads it. @param load imports a file or package from the folder that it was installed in. @param folder that folder's path.
   * The runner gives an empty sample for jobs that the package has no counterpart for.
   */
  open(load: (specifier: string) => Promise<unknown>, folder: string): Promise<(job: Job, platform: Platform) => Promise<Sample>>
}

/** Seats 0..n-1. */
export const seatsTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
