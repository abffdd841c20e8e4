/**
 * What is measured in lanes: names, jobs, how often, and beside what. The same list for Node and for browsers.
 * @module
 */
import type { Job } from './jobs.ts'
import type { KernelOperation, NobleOperation } from './kernel.ts'

/** A control: the same thing done by others, or by the twin. */
export interface Beside {
  readonly name: string
  /** Name of the lane that runs it. */
  readonly lane: string
  readonly job: Job
  /** Rounds it takes part in, when fewer than the figure has. */
  readonly rounds?: number
}

export interface Figure {
  readonly name: string
  readonly unit: 'ms' | 'us' | 'bytes'
  readonly job: Job
  /** Take this fact of the sample in place of its time. */
  readonly fact?: string
  readonly rounds: number
  readonly besides: readonly Beside[]
  /** Facts of the same samples that are results of their own. */
  readonly also?: readonly { readonly name: string; readonly fact: string; readonly unit: 'bytes' }[]
}

/** How much work a run does. */
export interface Size {
  /** Few rounds, small pools: for a look, not for figures. */
  readonly quick: boolean
  /** The engine under test is the reference itself: seconds where the compiled one takes milliseconds. */
  readonly slow: boolean
}

export const TWIN = 'reference twin'
export const NOBLE = '@noble/curves'

const twinOf = (job: Job, rounds: number): Beside => ({ name: TWIN, lane: 'reference', job, rounds })

function dkgFigure(threshold: number, members: number, rounds: number, twinRounds: number): Figure {
  const job: Job = { job: 'dkg', threshold, members }
  const name = `dkg/${threshold}-of-${members}`
  return {
    name: `${name}/cpu-per-party`,
    unit: 'ms',
    job,
    rounds,
    besides: twinRounds === 0 ? [] : [twinOf(job, twinRounds)],
    also: [{ name: `${name}/bytes-per-party`, fact: 'bytesPerParty', unit: 'bytes' }],
  }
}

function signFigure(signers: number, rounds: number, count: number, twinRounds: number): Figure {
  return {
    name: `sign/${signers}-signers/cpu-per-party`,
    unit: 'ms',
    job: { job: 'sign', signers, count },
    rounds,
    besides: twinRounds === 0 ? [] : [twinOf({ job: 'sign', signers, count: 1 }, twinRounds)],
    also: [{ name: `sign/${signers}-signers/bytes-per-direction`, fact: 'bytesPerDirection', unit: 'bytes' }],
  }
}

/** Key generation, signatures, their online part, bytes and memory of a share. */
export function protocolFigures({ quick, slow }: Size): Figure[] {
  const some = (rounds: number): number => (quick ? Math.min(3, rounds) : rounds)
  const count = slow ? 1 : 24
  const online = (signers: number): Figure => ({
    name: `sign/${signers}-signers/online`,
    unit: 'ms',
    job: { job: 'online', signers, count },
    rounds: some(15),
    besides: [twinOf({ job: 'online', signers, count: 1 }, some(5))],
  })
  const figures: Figure[] = [
    dkgFigure(2, 3, slow ? 2 : some(11), quick ? 1 : 3),
    signFigure(2, some(15), count, some(5)),
    online(2),
    signFigure(3, some(9), count, quick ? 1 : 3),
    signFigure(5, some(5), count, quick ? 1 : 2),
    { name: 'share/bytes-per-peer', unit: 'bytes', job: { job: 'share-size' }, fact: 'bytesPerPeer', rounds: 1, besides: [] },
    {
      name: 'share/memory',
      unit: 'bytes',
      job: { job: 'share-memory' },
      fact: 'bytes',
      rounds: some(3),
      besides: [twinOf({ job: 'share-memory' }, 1)],
      also: [{ name: 'share/kernel-memory', fact: 'kernelBytes', unit: 'bytes' }],
    },
  ]
  if (!quick && !slow) figures.push(dkgFigure(3, 5, 7, 1), dkgFigure(5, 9, 5, 1))
  return figures
}

const DKG_SIZES = [2, 3, 4, 6, 8, 12, 16]
const SIGN_SIZES = [2, 4, 8, 12, 16]

/** How key generation and signing grow with the number of members, and of signers. */
export function growthFigures({ quick, slow }: Size): Figure[] {
  const most = quick || slow ? 4 : 16
  const dkgs = DKG_SIZES.filter(n => n !== 3 && n <= most).map(n => dkgFigure(2, n, quick ? 1 : 3, 0))
  const signs = SIGN_SIZES.filter(n => n !== 2 && n <= most).map(n => signFigure(n, quick ? 1 : 3, slow ? 1 : 4, 0))
  return [...dkgs, ...signs].map(figure => ({ ...figure, also: [] }))
}

/** Single operations of the kernel beside noble's and the twin's. */
export function kernelFigures({ quick, slow }: Size): Figure[] {
  const rounds = quick ? 3 : 9
  const figure = (name: string, operation: KernelOperation, count: number, noble?: NobleOperation, twin = true): Figure => ({
    name: `kernel/${name}`,
    unit: 'us',
    job: { job: 'kernel', operation, count: slow ? Math.max(1, Math.round(count / 20)) : count },
    rounds,
    besides: [
      ...(noble === undefined
        ? []
        : [{ name: NOBLE, lane: 'subject', job: { job: 'noble', operation: noble, count: Math.min(count, 20) } } as const]),
      ...(twin && !slow ? [twinOf({ job: 'kernel', operation, count: Math.max(1, Math.round(count / 100)) }, 3)] : []),
    ],
  })
  return [
    figure('fixed-base-multiplication', 'secret-base', 200, 'base'),
    figure('fixed-base-multiplication/batch-of-128', 'batch-base', 20, 'base', false),
    figure('multiplication-of-a-point/batch-of-128', 'batch-times', 10, 'times', false),
    figure('public-multiplication', 'public', 200, 'times-public'),
    figure('hash-to-curve', 'hash-to-curve', 200, 'hash-to-curve'),
    figure('verify-signature', 'verify', 200, 'verify'),
    figure('hash-72-kb', 'hash', 100, 'hash'),
    figure('base-transfers/receiver', 'base-transfers-receive', 4),
    figure('base-transfers/sender-with-trees', 'base-transfers-send', 4),
    figure('vector-multiplication', 'multiplication', 40),
  ]
}
