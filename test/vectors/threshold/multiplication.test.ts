import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Bytes, concat, fromHex, hex } from '../../../core/bytes.ts'
import { acceptExtension } from '../../../core/kernel/reference/ot-extension.ts'
import { pprfBuild, pprfEvaluate } from '../../../core/kernel/reference/pprf.ts'
import { baseOtReceive, baseOtSend, baseOtSenderKey } from '../../../core/kernel/reference/transfer.ts'
import { twin } from '../../../core/kernel/reference/twin.ts'
import { voleAlice, voleBobFinish, voleBobStart } from '../../../core/kernel/reference/vole.ts'
import { H, type Tag } from '../../../core/transcript.ts'
import { seededRandom } from '../../support/seeded-random.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape of the file is what these tests read out of it
const expected: any = JSON.parse(readFileSync(new URL('./multiplication-v1.json', import.meta.url), 'utf8'))
const plain = (bytes: Bytes): string => hex(bytes).slice(2)
const sha = (bytes: Bytes): string => createHash('sha256').update(bytes).digest('hex')
const scalar = (value: bigint): string => value.toString(16).padStart(64, '0')

const otsid = fromHex(expected.otsid)
const pairContext = fromHex(expected.pairContext)
const view = fromHex(expected.view)

// one run of the whole pair; the tests below look at its parts
const senderKey = baseOtSenderKey(seededRandom('sender key'))
const received = baseOtReceive({ senderKey: senderKey.message, otsid, random: seededRandom('base transfer') })
const sent = baseOtSend({ secret: senderKey.secret, senderKey: senderKey.message, otsid, message: received.message })
const built = pprfBuild({ otsid, keys: sent.keys })
const evaluated = pprfEvaluate({ otsid, choices: received.choices, keys: received.keys, message: built.message })

describe('known answers, version 1', () => {
  test('tagged hash', () => {
    const { tag, parts, length, output } = expected.hash
    expect(
      plain(
        H(
          tag as Tag,
          parts.map((part: string) => fromHex(part)),
          length,
        ),
      ),
    ).toBe(output)
  })

  test('base transfers', () => {
    expect({
      senderKey: plain(senderKey.message),
      choices: plain(received.choices),
      message: sha(received.message),
      firstPair: plain(received.message.subarray(0, 66)),
      receiverKeys: sha(concat(...received.keys)),
      senderKeys: sha(concat(...sent.keys.flat())),
      lastPairKeys: sent.keys[127]?.map(plain),
    }).toEqual(expected.baseTransfers)
  })

  test('trees', () => {
    expect({
      message: sha(built.message),
      firstTree: plain(built.message.subarray(0, 160)),
      delta: plain(evaluated.delta),
      bobLeaves: sha(built.leaves),
      aliceLeaves: sha(evaluated.leaves),
    }).toEqual(expected.trees)
  })

  test('extension and multiplication', () => {
    const { message, state } = voleBobStart({ pairContext, leaves: built.leaves, random: seededRandom('bob') })
    const accepted = acceptExtension({ pairContext, delta: evaluated.delta, leaves: evaluated.leaves, message })
    expect({
      message: sha(message),
      nonce: plain(message.subarray(0, 32)),
      u: sha(message.subarray(32, 3552)),
      xHat: plain(message.subarray(3552, 3568)),
      checkHash: plain(message.subarray(3568)),
      choices: plain(state.choices.expose()),
      columnsBob: sha(state.columns.expose()),
      columnsAlice: sha(accepted.columns),
    }).toEqual(expected.extension)

    const alice = voleAlice({
      pairContext,
      view,
      delta: evaluated.delta,
      leaves: evaluated.leaves,
      extension: message,
      random: seededRandom('alice'),
    })
    const bob = voleBobFinish({ state, view, message: alice.message })
    const gadgetSeed = fromHex(expected.multiplication.gadgetSeed)
    expect({
      message: sha(alice.message),
      firstCorrection: plain(alice.message.subarray(32, 128)),
      productsHash: plain(alice.message.subarray(72_224, 72_256)),
      v: plain(alice.message.subarray(72_256)),
      gadgetSeed: plain(gadgetSeed),
      lastGadget: scalar(twin.multiplication.gadget(gadgetSeed)[751] as bigint),
      alpha: [scalar(alice.alpha.k), scalar(alice.alpha.x)],
      t: [scalar(alice.t.k), scalar(alice.t.x)],
      beta: scalar(bob.beta),
      d: [scalar(bob.d.k), scalar(bob.d.x)],
    }).toEqual(expected.multiplication)
  })
})
