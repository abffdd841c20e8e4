/**
 * What the project wants to reach, by the names of results. A target is a bound on the value, or on the ratio to a control of the same run.
 * @module
 */

export interface Target {
  readonly text: string
  /** The value must not be above this. */
  readonly most?: number
  /** The ratio to the control whose name begins like this must not be below it. */
  readonly control?: { readonly name: string; readonly ratio: number }
}

/** Peers as their packages name themselves (bench/peers). */
export const SILENCE = '@silencelaboratories'
export const TORUS = '@toruslabs'

const fewerThanSilence = (ratio: number, aim: number): Target => ({ text: `Silence / ${ratio}, aim ${aim}`, control: { name: SILENCE, ratio } })

const TARGETS: Readonly<Record<string, Target>> = {
  'dkg/2-of-3/cpu-per-party': fewerThanSilence(12, 20),
  'dkg/3-of-5/cpu-per-party': fewerThanSilence(12, 20),
  'dkg/5-of-9/cpu-per-party': fewerThanSilence(12, 20),
  'sign/2-signers/cpu-per-party': fewerThanSilence(12, 20),
  'sign/2-signers/kept-setup': { text: 'Torus / 4, aim 6', control: { name: TORUS, ratio: 4 } },
  'sign/2-signers/online': { text: '< 1 ms, or Silence / 1', most: 1 },
  'sign/2-signers/bytes-per-direction': { text: '<= 78 KB', most: 78_000 },
  'share/bytes-per-peer': { text: '<= 17 KB', most: 17_000 },
  'kernel/bytes': { text: '< 100 KB', most: 99_999 },
  'kernel/instantiate': { text: '< 30 ms', most: 30 },
  'relay-sign/2-of-3/ready-tuple/round-trips': { text: '<= 8', most: 8 },
  'relay-sign/2-of-3/cold': { text: '<= 2 x ready', control: { name: 'with a ready tuple', ratio: 1 / 2 } },
}

/** The target of a result, if it has one. */
export const targetOf = (name: string): Target | undefined => TARGETS[name]
