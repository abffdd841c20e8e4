/**
 * A cheater that does anything, many things in one run: what must hold then is what holds however a cheater behaves.
 * @module
 */
import { expect, it } from 'vitest'
import { type Bytes, concat, type Random } from '../../core/bytes.ts'
import { seededFraction, seededRandom } from '../support/index.ts'
import { type Recordings, recordingsOf } from './cases.ts'
import { addressOf, type Ceremony } from './ceremony.ts'
import { injustice, type Plan } from './harness.ts'
import type { Parcel } from './mutations.ts'

/** Bytes with a few of them changed, cut or put in. */
function edited(bytes: Bytes, random: Random): Bytes {
  let out: Bytes = bytes.slice()
  const pick = (below: number): number => Math.floor(seededFraction(random) * below)
  for (let edits = 1 + pick(3); edits > 0 && out.length > 0; edits--) {
    const at = pick(out.length)
    const kind = pick(10)
    if (kind === 0) out = concat(out.subarray(0, at), out.subarray(at + 1 + pick(40)))
    else if (kind === 1) out = concat(out.subarray(0, at), random(1 + pick(40)), out.subarray(at))
    else if (kind === 2) out = concat(out.subarray(0, at), random(out.length - at))
    else out[at] = (out[at] as number) ^ (1 << pick(8))
  }
  return out
}

/** What the cheater does in one run. One message in `rarely` is changed. */
function anything(ceremony: Ceremony, recordings: Recordings, seed: string, rarely: number): Plan {
  const random = seededRandom(`anything ${seed}`)
  const pick = (below: number): number => Math.floor(seededFraction(random) * below)
  const { seats, cheater } = ceremony
  const instead = (frame: Bytes, address: (from: number, to: number) => string, to: number): readonly Parcel[] => {
    const elsewhere = (run: ReadonlyMap<string, Bytes>, from: number, receiver: number): Bytes => run.get(address(from, receiver)) ?? frame
    const other = seats.find(seat => seat !== cheater && seat !== to) ?? to
    const choices: readonly (() => readonly Parcel[])[] = [
      () => [{ bytes: edited(frame, random) }],
      () => [{ bytes: concat(frame.subarray(0, 35), edited(frame.subarray(35), random)) }],
      () => [{ bytes: concat(frame.subarray(0, 35), random(frame.length - 35)) }],
      () => [{ bytes: elsewhere(recordings.session, cheater, to) }],
      () => [{ bytes: concat(frame.subarray(0, 35), elsewhere(recordings.session, cheater, to).subarray(35)) }],
      () => [{ bytes: elsewhere(recordings.epoch, cheater, to) }],
      () => [{ bytes: elsewhere(recordings.this, other, other === to ? cheater : to) }],
      () => [{ bytes: frame }, { bytes: edited(frame, random) }],
      () => [{ bytes: edited(frame, random) }, { bytes: frame }],
      () => [{ bytes: frame, late: true }],
      () => [{ bytes: frame }, { bytes: frame }],
      () => [],
    ]
    return (choices[pick(choices.length)] as () => readonly Parcel[])()
  }
  const frames = [...recordings.this]
  return {
    early:
      pick(4) === 0
        ? seats.filter(seat => seat !== cheater).map(to => ({ to, bytes: edited((frames[pick(frames.length)] as [string, Bytes])[1], random) }))
        : [],
    instead: ({ to, round, kind, bytes }) =>
      pick(rarely) === 0 ? instead(bytes, (from, receiver) => addressOf(round, kind, from, receiver), to) : undefined,
  }
}

/** So many runs of each ceremony. */
export function anythingGoes(ceremonies: readonly Ceremony[], seed: string, runs: number): void {
  it.each(ceremonies.map(ceremony => [ceremony.name, ceremony] as const))(`%s: anything, seed ${seed}`, async (_, ceremony) => {
    const recordings = await recordingsOf(ceremony, seed)
    const problems: string[] = []
    let changed = 0
    for (let run = 0; run < runs; run++) {
      const played = await ceremony.play(anything(ceremony, recordings, `${seed} ${run}`, 2 + (run % 6)), seed)
      try {
        changed += played.scene.changed()
        const found = [...played.results].flatMap(([seat, result]) => injustice(result, ceremony.cheater).map(what => `${seat} ${what}`))
        found.push(...(await played.verify()), ...(await played.again()).map(what => `afterwards ${what}`))
        problems.push(...found.map(what => `run ${run}: ${what}`))
      } finally {
        played.end()
      }
    }
    expect(problems).toEqual([])
    expect(changed).toBeGreaterThan(0)
  })
}
