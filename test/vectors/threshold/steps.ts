/**
 * Two members go through every step of the kernel, key generation and one signature, with seeds that depend on names only. What they say is public or
 * sealed; the answers are hashes of it. Runs wherever the kernel runs: no Node, no DOM.
 * @module
 */
import { type Bytes, bytesToBigint, concat, hex, utf8 } from '../../../core/bytes.ts'
import type { Kernel, OnlineCorrections } from '../../../core/kernel/kernel.ts'
import { CURVE_ORDER, H } from '../../../core/transcript.ts'

/** 32 bytes for a name. */
const named = (...parts: (string | number)[]): Bytes => H('frame', [utf8(`steps-v1/${parts.join('/')}`)])
const digest = (...parts: Bytes[]): string => hex(H('frame', [concat(...parts)])).slice(2)
const number = (name: string): bigint => bytesToBigint(named(name)) % CURVE_ORDER

/** Answers by name of the step. */
export function stepAnswers(kernel: Kernel): Record<string, string> {
  const answers: Record<string, string> = {}
  const [one, two] = [1, 2].map(seat => {
    const dealing = kernel.deal({ seed: named('deal', seat), threshold: 2 })
    answers[`deal ${seat}`] = digest(...dealing.coefficients, dealing.otKey, dealing.proof.commitment, dealing.proof.respond(number('challenge')))
    return { seat, dealing }
  }) as [Dealer, Dealer]
  interface Dealer {
    readonly seat: number
    readonly dealing: ReturnType<Kernel['deal']>
  }
  const setups = [
    [one, two],
    [two, one],
  ].map(([self, peer]) =>
    kernel.openPair({
      seed: named('pair', (self as Dealer).seat),
      senderKey: (peer as Dealer).dealing.otKey,
      otsid: named('otsid', (peer as Dealer).seat),
    }),
  ) as [ReturnType<Kernel['openPair']>, ReturnType<Kernel['openPair']>]
  answers['base transfers'] = digest(...setups.map(setup => setup.baseOt), ...setups.map(setup => setup.zeroSeed))
  const view = named('view')
  const zeroSeeds = setups.map((setup, i) =>
    setup.agreeZeroSeed({ view, self: i + 1, peer: 2 - i, theirs: (setups[1 - i] as (typeof setups)[0]).zeroSeed.slice() }),
  )
  const shareOf = (from: Dealer, to: Dealer): void => {
    const expected = kernel.points.combine(from.dealing.coefficients.map((point, c) => ({ point, scalar: BigInt(to.seat ** c) }))) as Bytes
    to.dealing.accept(from.dealing.shareFor(to.seat), expected)
  }
  shareOf(one, two)
  shareOf(two, one)
  const trees = [one, two].map(({ dealing, seat }, i) =>
    (setups[i] as (typeof setups)[0]).send({ dealing, otsid: named('otsid', seat), baseOt: (setups[1 - i] as (typeof setups)[0]).baseOt }),
  )
  answers.trees = digest(...trees)
  const shares = [one, two].map(({ dealing, seat }) => dealing.finish(seat) as NonNullable<ReturnType<typeof dealing.finish>>)
  const pairs = setups.map((setup, i) => setup.finish(trees[1 - i] as Bytes))
  answers.sealed = digest(...[...shares, ...zeroSeeds, ...pairs].map(held => held.seal(named('vault'), named('place'))))

  const tuples = [1, 2].map(seat => kernel.openTuple(named('tuple', seat)))
  type Tuple = (typeof tuples)[0]
  const context = (alice: number): Bytes => named('context', alice)
  const extensions = tuples.map((tuple, i) =>
    tuple.extend({ peer: 2 - i, pair: pairs[i] as (typeof pairs)[0], pairContext: context(2 - i), seed: named('extend', i) }),
  )
  const multiplications = tuples.map((tuple, i) =>
    tuple.multiply({
      peer: 2 - i,
      pair: pairs[i] as (typeof pairs)[0],
      pairContext: context(i + 1),
      view,
      extension: extensions[1 - i] as Bytes,
      seed: named('multiply', i),
    }),
  )
  answers.extensions = digest(...extensions)
  answers.multiplications = digest(...multiplications)
  for (const [i, tuple] of tuples.entries()) tuple.accept({ peer: 2 - i, view, multiplication: multiplications[1 - i] as Bytes })
  const bind = named('bind')
  const weights = [2n, CURVE_ORDER - 1n]
  const opened = tuples.map((tuple, i) =>
    tuple.open({ share: shares[i] as (typeof shares)[0], weight: weights[i] as bigint, tweak: 0n, bind, zeroSeeds: [] }),
  )
  const corrections = opened.map(({ corrections: all }, i) => all.get(2 - i) as OnlineCorrections)
  answers.online = digest(...corrections.flatMap(sent => [sent.gammaK, sent.gammaX, sent.gammaPointK, sent.gammaPointX]))
  for (const [i, tuple] of tuples.entries()) {
    const sent = corrections[1 - i] as OnlineCorrections
    tuple.check(2 - i, { ...sent, noncePoint: (tuples[1 - i] as Tuple).noncePoint, keyPoint: (opened[1 - i] as (typeof opened)[0]).keyPoint })
  }
  const R = kernel.points.add(...tuples.map(tuple => tuple.noncePoint)) as Bytes
  const r = bytesToBigint(R.subarray(1))
  const message = named('message')
  const partials = tuples.map(tuple => tuple.finish({ message: bytesToBigint(message) % CURVE_ORDER, r }))
  const { scalars } = kernel
  const sum = (values: readonly Bytes[]): bigint => values.map(value => scalars.decode(value)).reduce((total, value) => scalars.add(total, value))
  const plain = scalars.multiply(sum(partials.map(({ w }) => w)), scalars.invert(sum(partials.map(({ u }) => u))))
  const high = plain > CURVE_ORDER / 2n
  const s = high ? CURVE_ORDER - plain : plain
  const yParity = (R[0] === 3) === high ? 0 : 1
  const publicKey = kernel.points.add(...[one, two].map(({ dealing }) => dealing.coefficients[0] as Bytes)) as Bytes
  answers.signature = `${r.toString(16)} ${s.toString(16)} ${yParity}`
  answers['public key'] = hex(publicKey).slice(2)
  answers.verified = String(kernel.verify({ r, s, yParity }, message, publicKey))
  for (const held of [one.dealing, two.dealing, ...shares, ...zeroSeeds, ...pairs]) held.wipe()
  return answers
}
