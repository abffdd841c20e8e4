import { secp256k1 } from '@noble/curves/secp256k1.js'
import { describe, expect, it } from 'vitest'
import {
  editBroadcast,
  editDirect,
  editFrame,
  flip,
  labelled,
  memoryNetwork,
  type NetworkOptions,
  signRequest,
  type Tamper,
  testIdentity,
  testShares,
  valuesOf,
} from '../../test/support/index.ts'
import { type Bytes, hex } from '../bytes.ts'
import { DIRECT } from '../ceremony/frame.ts'
import { kernel } from '../kernel/index.ts'
import { type ExportInput, exportKey, type ImportInput, importKey, type KeyShare, sign, verifyCertificates } from './index.ts'
import { D2, D3, X1, X2, X3 } from './rounds.ts'

/** A key that exists somewhere as a whole. */
const secret = (): Bytes => labelled('whole key')
const publicKey = secp256k1.getPublicKey(secret(), true)
const chainCode = labelled('its chain code')
const GIVEN = { threshold: 2, importer: 1, publicKey, chainCode }

const runImport = async (options: NetworkOptions = {}, of: (seat: number) => Partial<ImportInput> = () => ({}), n = 3) => {
  const net = memoryNetwork(
    Array.from({ length: n }, (_, i) => i + 1),
    options,
  )
  const outcomes = await net.run((ctx, seat) => importKey(ctx, { ...GIVEN, ...(seat === 1 ? { secret: secret() } : {}), ...of(seat) }))
  return { net, outcomes }
}

const runExport = async (shares: ReadonlyMap<number, KeyShare>, input: ExportInput, seats: readonly number[], options: NetworkOptions = {}) => {
  const net = memoryNetwork(seats, options)
  return { net, outcomes: await net.run((ctx, seat) => exportKey(ctx, shares.get(seat) as KeyShare, input)) }
}

describe('import and export of a whole key', () => {
  it('a key goes in, signs, and comes out as it was', async () => {
    const { outcomes } = await runImport()
    const shares = valuesOf(outcomes)
    for (const share of shares.values()) {
      verifyCertificates(share, testIdentity(1).verify)
      expect(share).toMatchObject({ publicKey, chainCode, epochNo: 0, threshold: 2 })
    }
    const quorum = [2, 3]
    const signed = await memoryNetwork(quorum).run((ctx, seat) => sign(ctx, shares.get(seat) as KeyShare, { request: signRequest(), quorum }))
    expect(valuesOf(signed).size).toBe(2)
    for (const [recipient, seats] of [
      [2, [2, 3]],
      [1, [1, 2, 3]],
    ] as const) {
      const { net, outcomes: out } = await runExport(shares, { recipient, signers: [2, 3] }, seats)
      const got = valuesOf(out)
      expect(hex(got.get(recipient) as Bytes)).toBe(hex(secret()))
      for (const [seat, value] of got) if (seat !== recipient) expect(value).toBeUndefined()
      expect(net.sent.filter(message => message.round === 'X2').map(({ to }) => to)).toEqual(seats.length === 2 ? [2] : [1, 1])
      expect(net.journal).toEqual([])
    }
  })

  it('a larger threshold, and signers without the recipient', async () => {
    const shares = testShares(4, 3)
    const { outcomes } = await runExport(shares, { recipient: 1, signers: [2, 3, 4] }, [1, 2, 3, 4])
    const key = valuesOf(outcomes).get(1) as Bytes
    expect(hex(secp256k1.getPublicKey(key, true))).toBe(hex((shares.get(1) as KeyShare).publicKey))
  })
})

describe('what import refuses', () => {
  const other = labelled('another key')

  it.each<[string, (seat: number) => Partial<ImportInput>, string]>([
    ['a secret that is not of the public key', seat => (seat === 1 ? { secret: other.slice() } : {}), 'invalid-argument'],
    ['a secret of zero', seat => (seat === 1 ? { secret: new Uint8Array(32) } : {}), 'invalid-scalar'],
    ['a public key off the curve', () => ({ publicKey: new Uint8Array(33).fill(5) }), 'invalid-point'],
    ['an importer outside', () => ({ importer: 9 }), 'bad-parties'],
    ['a threshold above the members', () => ({ threshold: 4 }), 'bad-parties'],
  ])('%s, before anything is sent', async (_, of, code) => {
    const net = memoryNetwork([1, 2, 3])
    const given = { ...GIVEN, secret: secret(), ...of(1) }
    await expect(importKey(net.context(1), given)).rejects.toMatchObject({ code })
    expect(net.sent).toEqual([])
    // whatever happened, the caller's copy is gone
    expect(given.secret).toEqual(new Uint8Array(32))
  })

  it('a secret from somebody else, and an importer without one', async () => {
    const net = memoryNetwork([1, 2, 3])
    await expect(importKey(net.context(2), { ...GIVEN, secret: secret() })).rejects.toMatchObject({ code: 'invalid-argument' })
    await expect(importKey(net.context(1), GIVEN)).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(net.sent).toEqual([])
  })

  it('two opinions on key or chain code', async () => {
    for (const change of [{ publicKey: secp256k1.getPublicKey(other, true) }, { chainCode: labelled('another chain code') }]) {
      const { net, outcomes } = await runImport({}, seat => (seat === 2 ? change : {}))
      for (const { error } of outcomes.values()) expect(error).toMatchObject({ code: 'view-mismatch', context: { round: 'D1' }, culprits: [] })
      expect(net.journal).toEqual([])
    }
  })

  it.skipIf(kernel.name === 'reference')('a share that does not fit, by name', async () => {
    const { outcomes } = await runImport({ faults: { tamper: editDirect(D3, { from: 1, to: 3 }, body => ({ share: flip(body.share, 31) })) } })
    expect(outcomes.get(3)?.error).toMatchObject({ code: 'bad-share', culprits: [{ party: 1, certainty: 'confirmed' }] })
  })

  it('coefficients of a member that is not the importer', async () => {
    // seat 2 thinks that it is the importer of another key: with equal settings it cannot, so it says so in D1 already
    const { outcomes } = await runImport({}, seat => (seat === 2 ? { importer: 2, secret: secret() } : {}))
    for (const { error } of outcomes.values()) expect(error).toMatchObject({ code: 'view-mismatch', context: { round: 'D1' } })
    const opened = editBroadcast(D2, { from: 2 }, body => ({ coefficients: [body.otKey, body.otKey] }))
    const cheated = await runImport({ faults: { tamper: opened } })
    expect(cheated.outcomes.get(3)?.error).toMatchObject({ code: 'bad-opening', culprits: [{ party: 2, certainty: 'confirmed' }] })
  })
})

describe('what export refuses', () => {
  const shares = testShares(3, 2, 'export')
  const input: ExportInput = { recipient: 1, signers: [1, 2] }

  it.each<[string, ExportInput, number, string]>([
    ['too few signers', { recipient: 1, signers: [1] }, 1, 'bad-quorum'],
    ['too many', { recipient: 1, signers: [1, 2, 3] }, 1, 'bad-quorum'],
    ['a signer twice', { recipient: 1, signers: [2, 2] }, 1, 'bad-quorum'],
    ['somebody without a part in it', { recipient: 1, signers: [1, 2] }, 3, 'bad-quorum'],
    ['a recipient outside', { recipient: 4, signers: [1, 2] }, 1, 'bad-parties'],
  ])('%s, before anything is sent', async (_, wrong, seat, code) => {
    const net = memoryNetwork([1, 2, 3])
    await expect(exportKey(net.context(seat), shares.get(seat) as KeyShare, wrong)).rejects.toMatchObject({ code })
    expect(net.sent).toEqual([])
  })

  it('the share of somebody else, and a party under another identity', async () => {
    const net = memoryNetwork([1, 2, 3])
    await expect(exportKey(net.context(1), shares.get(2) as KeyShare, input)).rejects.toMatchObject({ code: 'bad-parties' })
    const parties = net.context(1).parties.map(party => (party.index === 2 ? { ...party, identity: labelled('another device') } : party))
    await expect(exportKey({ ...net.context(1), parties }, shares.get(1) as KeyShare, input)).rejects.toMatchObject({ code: 'bad-parties' })
    expect(net.sent).toEqual([])
  })

  it.each<[string, ExportInput]>([
    ['recipient', { recipient: 2, signers: [1, 2] }],
    ['signers', { recipient: 1, signers: [2, 3] }],
  ])('two opinions on the %s: no part leaves', async (_, other) => {
    const everyone = memoryNetwork([1, 2, 3])
    const outcomes = await everyone.run((ctx, seat) => exportKey(ctx, shares.get(seat) as KeyShare, seat === 2 ? other : input), [1, 2])
    for (const { error } of outcomes.values()) expect(['view-mismatch', 'deadline']).toContain(error?.code)
    expect(everyone.sent.filter(message => message.round !== 'X1')).toEqual([])
  })

  const cases: [string, Tamper, number, object][] = [
    [
      'a wrong part',
      editDirect(X2, { from: 2 }, body => ({ share: flip(body.share, 31) })),
      1,
      { code: 'bad-share', context: { round: 'X2' }, culprits: [{ party: 2, certainty: 'confirmed' }] },
    ],
    [
      'a part above the order',
      editDirect(X2, { from: 2 }, () => ({ share: new Uint8Array(32).fill(255) })),
      1,
      { code: 'invalid-scalar', culprits: [{ party: 2, certainty: 'confirmed' }] },
    ],
    [
      'a part of another session',
      editFrame(X2, DIRECT, { from: 2 }, ({ echo }) => ({ echo: flip(echo) })),
      1,
      { code: 'view-mismatch', culprits: [] },
    ],
    [
      'a nonce told differently',
      editBroadcast(X1, { from: 1, to: 2 }, body => ({ nonce: flip(body.nonce) })),
      1,
      { code: 'view-mismatch', culprits: [] },
    ],
    [
      'a receipt that is not signed',
      editBroadcast(X3, { from: 1 }, body => ({ signature: flip(body.signature) })),
      2,
      { code: 'bad-certificate', context: { round: 'X3' }, culprits: [{ party: 1, certainty: 'confirmed' }] },
    ],
  ]
  it.each(cases)('%s', async (_, tamper, victim, expected) => {
    const { outcomes } = await runExport(shares, input, [1, 2], { faults: { tamper } })
    expect(outcomes.get(victim)?.error).toMatchObject(expected)
  })

  it('silence of a signer, by name and round', async () => {
    const { outcomes } = await runExport(shares, input, [1, 2], { faults: { drop: ({ round }) => round === 'X2' } })
    expect(outcomes.get(1)?.error).toMatchObject({ code: 'deadline', context: { round: 'X2', missing: [2] } })
    expect(outcomes.get(2)?.error).toMatchObject({ code: 'deadline', context: { round: 'X3', missing: [1] } })
  })
})
