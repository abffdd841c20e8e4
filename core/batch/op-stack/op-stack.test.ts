import { constants, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { toRlp } from 'viem'
import { describe, expect, it } from 'vitest'
import { type Bytes, concat, fromHex, hex } from '../../bytes.ts'
import { isPoolError } from '../../errors.ts'
import { encodeRlp } from '../../ethereum.ts'
import { decodeCalldata, encodeCalldata } from './calldata.ts'
import { decodeChannel, encodeChannel } from './channel.ts'
import { forceClose } from './force-close.ts'
import { decodeFrames, encodeFrame, type Frame, joinFrames, MAX_FRAME_DATA } from './frame.ts'
import { decodeSingular, encodeSingular, type SingularBatch } from './singular.ts'
import { decodeSpan } from './span.ts'
import { type Deflate, inflate, pakoDeflate } from './zlib.ts'

const nodeDeflate: Deflate = { deflate: bytes => new Uint8Array(deflateSync(bytes, { level: 9 })) }
const id = new Uint8Array(16).fill(7)
const error = (run: () => unknown): string => {
  try {
    run()
  } catch (thrown) {
    return isPoolError(thrown) ? `${thrown.code}: ${thrown.context.reason ?? thrown.context.kind}` : `untyped: ${String(thrown)}`
  }
  return 'no error'
}
/** True when the run answers, or refuses with one of the two codes of this stage. */
const total = (run: () => unknown): boolean => /^(no error|malformed-batch|unsupported-batch)/.test(error(run))

const bytes = (max: number, min = 0) => fc.uint8Array({ minLength: min, maxLength: max })
const singulars: fc.Arbitrary<SingularBatch> = fc.record({
  kind: fc.constant('singular' as const),
  parentHash: bytes(32, 32).map(hex),
  epochNumber: fc.maxSafeNat(),
  epochHash: bytes(32, 32).map(hex),
  timestamp: fc.maxSafeNat(),
  transactions: fc.array(bytes(80), { maxLength: 6 }),
})
const frames: fc.Arbitrary<Frame> = fc.record({ channelId: bytes(16, 16), number: fc.nat(0xffff), data: bytes(60), isLast: fc.boolean() })

const flip = (input: Bytes, at: number, mask: number): Bytes => {
  const out = input.slice()
  if (out.length > 0) out[at % out.length] = (out[at % out.length] as number) ^ mask
  return out
}

describe('singular batch', () => {
  const golden: SingularBatch = {
    kind: 'singular',
    parentHash: `0x${'11'.repeat(32)}`,
    epochNumber: 0x1234,
    epochHash: `0x${'22'.repeat(32)}`,
    timestamp: 0,
    transactions: [Uint8Array.of(0xc0), Uint8Array.of(2, 0xc0)],
  }
  const encoded = `0x00f84ca0${'11'.repeat(32)}821234a0${'22'.repeat(32)}80c581c08202c0`

  it('is the golden bytes, also by viem', () => {
    expect(hex(encodeSingular(golden))).toBe(encoded)
    const list = [golden.parentHash, '0x1234', golden.epochHash, '0x', ['0xc0', '0x02c0']] as const
    expect(`0x00${toRlp([...list.slice(0, 4), [...list[4]]] as Parameters<typeof toRlp>[0]).slice(2)}`).toBe(encoded)
    expect(decodeSingular(fromHex(encoded))).toEqual(golden)
  })

  it('round-trips', () => {
    fc.assert(
      fc.property(singulars, batch => {
        expect(decodeSingular(encodeSingular(batch))).toEqual(batch)
      }),
    )
  })

  const body = encoded.slice(4)
  it.each([
    ['nothing', '', 'version byte'],
    ['another version', `02${body}`, 'version byte'],
    ['only a version', '00', 'truncated, or bytes after the batch'],
    ['a byte too few', `00${body.slice(0, -2)}`, 'truncated, or bytes after the batch'],
    ['a byte too many', `00${body}00`, 'truncated, or bytes after the batch'],
    ['a string', '0080', 'string where a list belongs'],
    ['four fields', `00${hex(encodeRlp([id, id, id, id])).slice(2)}`, 'field count'],
    ['six fields', `00${hex(encodeRlp([id, id, id, id, [], id])).slice(2)}`, 'field count'],
    ['a short hash', `00${body.replace(`f84ca0${'11'.repeat(32)}`, `f84b9f${'11'.repeat(31)}`)}`, 'parent hash has the wrong length'],
    ['an integer with a leading zero', `00${body.replace('821234', '820034')}`, 'epoch number is not an integer below 2^53'],
    ['a zero byte as integer', `00${body.replace('80c581c0', '00c581c0')}`, 'timestamp is not an integer below 2^53'],
    ['a list as a transaction', `00${body.replace('c581c08202c0', 'c5c0c08202c0')}`, 'transaction is not a string'],
    ['a needless header', `00${body.replace('c581c08202c0', 'c581018202c0')}`, 'byte with a needless header'],
    ['a length not in its shortest form', `00f9004c${body.slice(4)}`, 'length not in its shortest form'],
    ['an item that is longer than its list', `00${body.replace('c581c08202c0', 'c581c08302c0')}`, 'item longer than its list'],
  ])('refuses %s', (_, input, reason) => {
    expect(error(() => decodeSingular(fromHex(input)))).toBe(`malformed-batch: ${reason}`)
  })

  it('bounds the number of transactions before it makes them', () => {
    const crowded = concat(Uint8Array.of(0), encodeRlp([new Uint8Array(32), id, new Uint8Array(32), id, Array(100_001).fill(Uint8Array.of(1))]))
    expect(error(() => decodeSingular(crowded))).toMatch(/^malformed-batch/)
  })

  it('answers random and mutated bytes with a typed error or a batch', () => {
    fc.assert(fc.property(bytes(200), input => total(() => decodeSingular(input))))
    fc.assert(
      fc.property(singulars, fc.nat(), fc.integer({ min: 1, max: 255 }), (batch, at, mask) =>
        total(() => decodeSingular(flip(encodeSingular(batch), at, mask))),
      ),
    )
  })
})

describe('inflate', () => {
  const plain = concat(...Array.from({ length: 4000 }, (_, i) => Uint8Array.of(i, i >> 3, 5, 6, 7)))

  it('reads what node and pako write', () => {
    for (const port of [nodeDeflate, pakoDeflate]) expect(inflate(port.deflate(plain), 1e6)).toEqual({ bytes: plain, end: 'complete', trailing: 0 })
  })

  it('gives all that is there when the stream stops after a sync flush', () => {
    const flushed = new Uint8Array(deflateSync(plain, { finishFlush: constants.Z_SYNC_FLUSH }))
    expect(inflate(flushed, 1e6)).toEqual({ bytes: plain, end: 'truncated', trailing: 0 })
  })

  it('gives a prefix when the stream is cut anywhere', () => {
    const whole = pakoDeflate.deflate(plain)
    fc.assert(
      fc.property(fc.nat(whole.length - 1), length => {
        const { bytes: out, end } = inflate(whole.subarray(0, length), 1e6)
        expect(end).toBe('truncated')
        expect(hex(out)).toBe(hex(plain.subarray(0, out.length)))
      }),
    )
  })

  it('stops at the bound: a bomb of 64 MiB in 64 KiB costs what was allowed', () => {
    const bomb = new Uint8Array(deflateSync(new Uint8Array(64 * 1024 * 1024), { level: 9 }))
    const { bytes: out, end } = inflate(bomb, 100_000)
    expect([out.length, end]).toEqual([100_000, 'clipped'])
    expect(inflate(pakoDeflate.deflate(plain), plain.length).end).toBe('complete')
    expect(inflate(pakoDeflate.deflate(plain), plain.length - 1).end).toBe('clipped')
  })

  it('counts bytes after the end, and tells a wrong checksum, gzip and noise', () => {
    const whole = pakoDeflate.deflate(plain)
    expect(inflate(concat(whole, id), 1e6)).toEqual({ bytes: plain, end: 'complete', trailing: 16 })
    expect(inflate(flip(whole, whole.length - 1, 1), 1e6).end).toBe('corrupt')
    expect(inflate(new Uint8Array(gzipSync(plain)), 1e6).end).toBe('corrupt')
    expect(inflate(Uint8Array.of(0x78, 0xda, 0xff, 0xff), 1e6).end).toBe('corrupt')
  })
})

describe('channel', () => {
  const two = [Uint8Array.of(0, 1, 2), new Uint8Array(300).fill(9)]

  it('round-trips batches as RLP strings without an outer list', () => {
    fc.assert(
      fc.property(fc.array(bytes(100), { maxLength: 5 }), batches => {
        expect(decodeChannel(encodeChannel(batches, pakoDeflate))).toEqual({ compression: 'zlib', batches, end: 'complete', trailing: 0 })
      }),
    )
    expect(hex(inflate(encodeChannel(two, nodeDeflate), 1e6).bytes)).toBe(`0x83000102b9012c${'09'.repeat(300)}`)
  })

  it('keeps what is complete when the stream is cut off or clipped', () => {
    const plain = concat(...two.map(batch => encodeRlp(batch)))
    const cut = new Uint8Array(deflateSync(plain.subarray(0, 200), { finishFlush: constants.Z_SYNC_FLUSH }))
    expect(decodeChannel(cut)).toEqual({ compression: 'zlib', batches: [two[0]], end: 'truncated', trailing: 0 })
    expect(decodeChannel(encodeChannel(two, pakoDeflate), 200)).toMatchObject({ batches: [two[0]], end: 'clipped' })
  })

  it.each([
    ['nothing', new Uint8Array(), 'malformed-batch: empty'],
    ['brotli', Uint8Array.of(1, 2, 3), 'unsupported-batch: brotli channel'],
    ['no known compression', Uint8Array.of(2, 2, 3), 'malformed-batch: unknown compression'],
    ['broken zlib', Uint8Array.of(0x78, 0xda, 0xff), 'malformed-batch: zlib data'],
    ['gzip', new Uint8Array(gzipSync(id)), 'malformed-batch: zlib data'],
    ['a batch cut off in a complete stream', pakoDeflate.deflate(Uint8Array.of(0x83, 1)), 'malformed-batch: a batch is cut off'],
    ['a list', pakoDeflate.deflate(Uint8Array.of(0xc0)), 'malformed-batch: list where a batch belongs'],
  ])('refuses %s', (_, input, expected) => {
    expect(error(() => decodeChannel(input))).toBe(expected)
  })

  it('answers random and mutated bytes with a typed error or batches', () => {
    const whole = encodeChannel(two, pakoDeflate)
    fc.assert(fc.property(bytes(200), input => total(() => decodeChannel(concat(Uint8Array.of(0x78), input)))))
    fc.assert(fc.property(bytes(200), input => total(() => decodeChannel(input))))
    fc.assert(fc.property(bytes(200), input => total(() => decodeChannel(pakoDeflate.deflate(input)))))
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, mask) => total(() => decodeChannel(flip(whole, at, mask)))))
  })
})

describe('frames and calldata', () => {
  const frame: Frame = { channelId: id, number: 0x0102, data: Uint8Array.of(0xaa, 0xbb), isLast: true }

  it('are the golden bytes', () => {
    expect(hex(encodeCalldata([frame]))).toBe(`0x00${'07'.repeat(16)}010200000002aabb01`)
  })

  it('round-trip', () => {
    fc.assert(
      fc.property(fc.array(frames, { minLength: 1, maxLength: 4 }), list => {
        expect(decodeCalldata(encodeCalldata(list))).toEqual(list)
      }),
    )
  })

  it('refuses to encode what no decoder would take', () => {
    expect(error(() => encodeFrame({ ...frame, channelId: new Uint8Array(15) }))).toMatch(/^malformed-batch/)
    expect(error(() => encodeFrame({ ...frame, number: 65_536 }))).toMatch(/^malformed-batch/)
    expect(error(() => encodeFrame({ ...frame, data: new Uint8Array(MAX_FRAME_DATA + 1) }))).toMatch(/^malformed-batch/)
  })

  const whole = encodeFrame(frame)
  it.each([
    ['nothing', '', 'malformed-batch: empty'],
    ['only a version', '00', 'malformed-batch: no frame'],
    ['an alt-DA commitment', '01aabb', 'unsupported-batch: alt-DA commitment'],
    ['another version', '02aabb', 'malformed-batch: unknown version'],
    ['a short frame', `00${hex(whole.subarray(0, 22)).slice(2)}`, 'malformed-batch: truncated'],
    ['a frame without its last byte', `00${hex(whole.subarray(0, whole.length - 1)).slice(2)}`, 'malformed-batch: truncated'],
    ['a trailing byte', `00${hex(whole).slice(2)}00`, 'malformed-batch: truncated'],
    ['is_last of 2', `00${hex(whole).slice(2, -2)}02`, 'malformed-batch: is_last is neither 0 nor 1'],
    ['a length above the limit', `00${'07'.repeat(16)}0000000f424100`, 'malformed-batch: data too long'],
    ['a good frame before a bad one', `00${hex(whole).slice(2)}${'07'.repeat(22)}02`, 'malformed-batch: data too long'],
  ])('refuses %s', (_, input, expected) => {
    expect(error(() => decodeCalldata(fromHex(input)))).toBe(expected)
  })

  it('answers random and mutated bytes with a typed error or frames', () => {
    fc.assert(fc.property(bytes(120), input => total(() => decodeCalldata(concat(Uint8Array.of(0), input)))))
    fc.assert(
      fc.property(fc.array(frames, { minLength: 1, maxLength: 3 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (list, at, mask) =>
        total(() => decodeCalldata(flip(encodeCalldata(list), at, mask))),
      ),
    )
  })

  it('reads frames from a view into a larger buffer', () => {
    const padded = concat(id, whole)
    expect(decodeFrames(padded.subarray(16))).toEqual([frame])
  })

  it('join in order only, and only one whole channel', () => {
    const part = (number: number, isLast = false, channelId = id): Frame => ({ channelId, number, data: Uint8Array.of(number), isLast })
    expect(joinFrames([part(0), part(1), part(2, true)])).toEqual({ channelId: id, data: Uint8Array.of(0, 1, 2) })
    expect(error(() => joinFrames([]))).toBe('malformed-batch: no frame')
    expect(error(() => joinFrames([part(1, true)]))).toBe('malformed-batch: frames out of order')
    expect(error(() => joinFrames([part(0), part(2, true)]))).toBe('malformed-batch: frames out of order')
    expect(error(() => joinFrames([part(0), part(1)]))).toBe('malformed-batch: channel does not end')
    expect(error(() => joinFrames([part(0, true), part(1, true)]))).toBe('malformed-batch: frame after the last')
    expect(error(() => joinFrames([part(0), part(1, true, new Uint8Array(16))]))).toBe('malformed-batch: more than one channel')
  })

  it('close a channel that hangs', () => {
    const seen = (number: number, isLast = false) => ({ channelId: id, number, isLast })
    expect(decodeCalldata(forceClose([seen(3, true), seen(1)])).map(({ number, isLast }) => [number, isLast])).toEqual([
      [0, false],
      [2, false],
    ])
    expect(decodeCalldata(forceClose([seen(4)]))).toEqual([{ channelId: id, number: 0, data: new Uint8Array(), isLast: true }])
    expect(hex(forceClose([seen(0, true)]))).toBe('0x00')
  })
})

describe('span batch', () => {
  // One block, first of its epoch, one legacy transfer with nonce 5 and gas 21000, protected.
  const golden = concat(
    fromHex('01'),
    fromHex('0a'),
    fromHex('8101'),
    new Uint8Array(20).fill(1),
    new Uint8Array(20).fill(2),
    fromHex('01 01 01'.replaceAll(' ', '')),
    fromHex('00'),
    fromHex('01'),
    new Uint8Array(32).fill(3),
    new Uint8Array(32).fill(4),
    new Uint8Array(20).fill(5),
    fromHex('c3070880'),
    fromHex('05'),
    fromHex('88a401'),
    fromHex('01'),
  )

  it('rebuilds a legacy transaction of the chain', () => {
    const batch = decodeSpan(golden, 10)
    expect(batch).toMatchObject({ kind: 'span', relativeTimestamp: 10n, parentCheck: `0x${'01'.repeat(20)}`, originCheck: `0x${'02'.repeat(20)}` })
    expect(batch.blocks).toEqual([
      {
        epochNumber: 129n,
        transactions: [
          encodeRlp([
            Uint8Array.of(5),
            Uint8Array.of(8),
            fromHex('5208'),
            new Uint8Array(20).fill(5),
            Uint8Array.of(7),
            new Uint8Array(),
            Uint8Array.of(56),
            new Uint8Array(32).fill(3),
            new Uint8Array(32).fill(4),
          ]),
        ],
      },
    ])
  })

  const at = (offset: number, value: number): Bytes => {
    const out = golden.slice()
    out[offset] = value
    return out
  }
  it.each([
    ['another version', at(0, 0), 'version byte'],
    ['no block', at(44, 0), 'block count'],
    ['more blocks than bytes', concat(golden.subarray(0, 44), fromHex('ffffff7f'), golden.subarray(45)), 'block count'],
    ['spare origin bits', at(45, 3), 'spare bits set'],
    ['more transactions than bytes', at(46, 3), 'transaction count'],
    ['a blob transaction', at(133, 3), 'transaction type'],
    ['a trailing byte', concat(golden, Uint8Array.of(0)), 'bytes after the batch'],
    ['a missing byte', golden.subarray(0, -1), 'truncated'],
    ['an integer above 2^64', concat(golden.subarray(0, 1), new Uint8Array(10).fill(0xff), golden.subarray(2)), 'integer above 2^64'],
  ])('refuses %s', (_, input, reason) => {
    expect(error(() => decodeSpan(input, 10))).toBe(`malformed-batch: ${reason}`)
  })

  it('answers random and mutated bytes with a typed error or a batch', () => {
    fc.assert(fc.property(bytes(300), input => total(() => decodeSpan(concat(Uint8Array.of(1), input), 10))))
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (offset, mask) => total(() => decodeSpan(flip(golden, offset, mask), 10))))
  })
})
