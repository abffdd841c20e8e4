/**
 * The group secp256k1 for public values: variable time. Secret scalars never come here.
 * @module
 */
import { assertBytes, type Bytes } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { CURVE_ORDER } from '../../transcript.ts'
import type { Points } from '../kernel.ts'
import { LENGTHS } from '../shape.ts'
import type { Pointer } from './instance.ts'
import type { Machine } from './machine.ts'

const { point: POINT, scalar: SCALAR } = LENGTHS
/** RFC 9380, 5.3.3: a longer domain is hashed first; nothing here needs one. */
const MAX_DOMAIN = 255

const invalid = (title: string, expected = 'a compressed point of secp256k1'): PoolError => new PoolError('invalid-point', { title, expected })

function assertPoint(point: Bytes, title: string): void {
  if (!(point instanceof Uint8Array) || point.length !== POINT) throw invalid(title, '33 bytes')
}

/** Any integer to [0, n). */
function reduce(value: bigint): bigint {
  if (value >= 0n && value < CURVE_ORDER) return value
  const rest = value % CURVE_ORDER
  return rest < 0n ? rest + CURVE_ORDER : rest
}

/** Points of an instance. */
export function pointsOf(machine: Machine): Points {
  const { call } = machine

  function packed(points: readonly Bytes[]): Pointer {
    const at = machine.take(points.length * POINT)
    points.forEach((point, i) => {
      assertPoint(point, 'point')
      machine.memory.set(point, at + i * POINT)
    })
    return at
  }
  /** The result of a sum: 1, 0 for the identity, or -(i + 1) for a bad point i. */
  function summed(status: number, out: Pointer): Bytes | undefined {
    if (status < 0) throw invalid('point')
    return status === 0 ? undefined : machine.copyOut(out, POINT)
  }
  const combine: Points['combine'] = terms =>
    machine.step(() => {
      const points = packed(terms.map(term => term.point))
      const scalars = machine.take(terms.length * SCALAR)
      for (const [i, term] of terms.entries()) machine.writeScalar(scalars + i * SCALAR, reduce(term.scalar))
      const out = machine.take(POINT)
      return summed(call.ec_combine_public(out, points, scalars, terms.length), out)
    })

  const base = machine.step(() => {
    const out = machine.take(POINT)
    call.ec_base(out, machine.putScalar(1n), 1)
    return machine.copyOut(out, POINT)
  })

  return {
    multiply: (point, k) => combine([{ point, scalar: k }]),
    combine,
    add: (...points) =>
      machine.step(() => {
        const out = machine.take(POINT)
        return summed(call.ec_sum_public(out, packed(points), points.length), out)
      }),
    negate: point =>
      machine.step(() => {
        const out = machine.take(POINT)
        if (call.ec_negate(out, packed([point])) !== 1) throw invalid('point')
        return machine.copyOut(out, POINT)
      }),
    validate(point, title = 'point') {
      assertPoint(point, title)
      machine.step(() => {
        if (call.ec_validate(machine.put(point), 1) !== -1) throw invalid(title)
      })
    },
    hashToCurve(message, domain) {
      assertBytes(message, 'message')
      assertBytes(domain, 'domain')
      if (domain.length > MAX_DOMAIN) throw new PoolError('invalid-argument', { title: 'domain', expected: `at most ${MAX_DOMAIN} bytes` })
      return machine.step(() => {
        const out = machine.take(POINT)
        call.ec_hash_to_curve(out, machine.put(message), message.length, machine.put(domain), domain.length)
        return machine.copyOut(out, POINT)
      })
    },
    get base() {
      return base.slice()
    },
  }
}
