/**
 * What the project wants to reach, by the names of results. A target is a bound on the value, or on the ratio to a control of the same run.
 * @module
 */

export interface Target {
  readonly text: string
  /** The value must not be above this. */
  readonly most?: number
  /** The ratios to the controls whose names begin like this must not be below these. Controls that were not measured do not count. */
  readonly controls?: readonly { readonly name: string; readonly ratio: number }[]
  /** One of the conditions is enough; all of them by default. */
  readonly any?: boolean
}

/** Peers as their packages name themselves (bench/peers). */
export const SILENCE = '@silencelaboratories'
export const TORUS = '@toruslabs'

const BELOW_SILENCE: Target = { text: 'Silence / 12, aim 20', controls: [{ name: SILENCE, ratio: 12 }] }

const TARGETS: Readonly<Record<string, Target>> = {
  'dkg/2-of-3/cpu-per-party': BELOW_SILENCE,
  'dkg/3-of-5/cpu-per-party': BELOW_SILENCE,
  'dkg/5-of-9/cpu-per-party': BELOW_SILENCE,
  'sign/2-signers/cpu-per-party': {
    text: 'Silence / 12, aim 20; Torus / 4, aim 6',
    controls: [
      { name: SILENCE, ratio: 12 },
      { name: TORUS, ratio: 4 },
    ],
  },
  'sign/2-signers/online': { text: '< 1 ms, or Silence / 1', most: 1, controls: [{ name: SILENCE, ratio: 1 }], any: true },
  'sign/2-signers/bytes-per-direction': { text: '<= 78 KB', most: 78_000 },
  'share/bytes-per-peer': { text: '<= 17 KB', most: 17_000 },
  'kernel/bytes': { text: '< 100 KB', most: 99_999 },
  'kernel/instantiate': { text: '< 30 ms', most: 30 },
  'relay-sign/2-of-3/ready-tuple/round-trips': { text: '<= 8', most: 8 },
  'relay-sign/2-of-3/cold/round-trips': { text: '<= 16', most: 16 },
}

/** The target of a result, if it has one. */
export const targetOf = (name: string): Target | undefined => TARGETS[name]
