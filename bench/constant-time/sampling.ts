/**
 * Takes the times of a subject with inputs of both classes, interleaved at random.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { Sample } from './statistics.ts'
import type { Prepared } from './subject.ts'

/** Random inputs that take turns. */
const POOL_BYTES = 1 << 20
const MOST_IN_POOL = 64
/** ms that the compiler has to get ready. */
const WARM_UP = 120
/** ms of one measurement, at least: short calls are made several times in a row. */
const SHORTEST = 0.015
const MOST_SAMPLES = 400_000

interface Loaded {
  readonly target: Uint8Array
  readonly fixed: Bytes
  readonly pool: readonly Bytes[]
}

function pooled({ inputs }: Prepared): { loaded: readonly Loaded[]; size: number } {
  const longest = Math.max(...inputs.map(input => input.target.length))
  const size = Math.max(4, Math.min(MOST_IN_POOL, Math.floor(POOL_BYTES / longest)))
  const loaded = inputs.map(({ target, fixed, random }) => {
    const pool = Array.from({ length: size }, () => random())
    if ([fixed, ...pool].some(bytes => bytes.length !== target.length)) throw new RangeError('an input does not fit its place')
    return { target, fixed: fixed.slice(), pool }
  })
  return { loaded, size }
}

/**
 * Writes `fixed` for kind 0 and `random` for kind 1. Both are read and mixed by masks whatever the kind, so that caches are left alike: where a class lies
 * in memory would tell it apart as well, and that is not what is asked.
 */
function blend(target: Uint8Array, fixed: Bytes, random: Bytes, kind: 0 | 1): void {
  const mask = -kind
  const words = target.byteOffset % 4 === 0 ? target.length >> 2 : 0
  if (words > 0) {
    const [to, a, b] = [target, fixed, random].map(bytes => new Int32Array(bytes.buffer, bytes.byteOffset, words)) as [
      Int32Array,
      Int32Array,
      Int32Array,
    ]
    for (let i = 0; i < words; i++) to[i] = ((a[i] as number) & ~mask) | ((b[i] as number) & mask)
  }
  for (let i = 4 * words; i < target.length; i++) target[i] = ((fixed[i] as number) & ~mask) | ((random[i] as number) & mask)
}

/** A function that gives random bits, drawn many at a time. */
function coin(): () => 0 | 1 {
  const bits = new Uint8Array(4096)
  let at = bits.length * 8
  return () => {
    if (at === bits.length * 8) {
      crypto.getRandomValues(bits)
      at = 0
    }
    const bit = ((bits[at >> 3] as number) >> (at & 7)) & 1
    at++
    return bit as 0 | 1
  }
}

/** A sampler of one subject. Times are in ns for one call. */
export class Sampler {
  readonly #run: () => number
  readonly #loaded: readonly Loaded[]
  readonly #size: number
  readonly #flip = coin()
  readonly #repeat: number
  #sink = 0

  constructor(prepared: Prepared) {
    const { loaded, size } = pooled(prepared)
    this.#run = prepared.run
    this.#loaded = loaded
    this.#size = size
    this.#repeat = this.#calibrate()
  }

  /** What came out of all calls, folded: kept so that none can be left out. */
  get produced(): number {
    return this.#sink
  }

  /** Calls in one measurement. */
  get repeat(): number {
    return this.#repeat
  }

  #measure(kind: 0 | 1, index: number, repeat: number): number {
    for (const { target, fixed, pool } of this.#loaded) blend(target, fixed, pool[index] as Bytes, kind)
    const run = this.#run
    const start = performance.now()
    for (let i = 0; i < repeat; i++) this.#sink ^= run()
    return performance.now() - start
  }

  #calibrate(): number {
    const end = performance.now() + WARM_UP
    let repeat = 1
    for (let i = 0; i < 32 || performance.now() < end; i++) {
      const kind = this.#flip()
      const ms = this.#measure(kind, i % this.#size, repeat)
      if (ms < SHORTEST / 2 && repeat < 4096) repeat *= 2
    }
    return repeat
  }

  /** Measures for so many ms. Each measurement draws its class. */
  sample(budget: number): Sample {
    const times: number[] = []
    const kinds: number[] = []
    const end = performance.now() + budget
    for (let i = 0; i < MOST_SAMPLES && (i < 64 || performance.now() < end); i++) {
      const kind = this.#flip()
      const ms = this.#measure(kind, i % this.#size, this.#repeat)
      times.push((ms * 1e6) / this.#repeat)
      kinds.push(kind)
    }
    return { times: Float64Array.from(times), kinds: Uint8Array.from(kinds) }
  }
}
