/**
 * One message of one round on the wire: `version 1 | round | kind | echo (32) | body`. The body's length is fixed by the round.
 * @module
 */
import type { Bytes } from '../bytes.ts'
import { type Codec, codec, fixed, type Infer, malformed, struct, u8, version } from '../codec.ts'

export const BROADCAST = 0
export const DIRECT = 1
export type FrameKind = typeof BROADCAST | typeof DIRECT

/** Longer bodies than this (the multiplications) are not copied when a frame is read: they hold nothing secret without the OT state of a pair. */
export const LONG_BODY = 16 * 1024

/** Above every round of every protocol (the largest body is 72,288 bytes); nothing longer is buffered. */
export const MAX_BODY = 96 * 1024

const kind = codec<FrameKind>(
  v => u8.encode(v),
  r => {
    const value = u8.read(r)
    if (value !== BROADCAST && value !== DIRECT) throw malformed('unknown frame kind', { value })
    return value
  },
)

const body: Codec<Bytes> = codec(
  v => {
    if (v.length > MAX_BODY) throw malformed('body too long', { max: MAX_BODY })
    return v
  },
  r => {
    if (r.remaining > MAX_BODY) throw malformed('body too long', { max: MAX_BODY })
    const view = r.take(r.remaining)
    return view.length > LONG_BODY ? view : view.slice()
  },
)

/** Header and body. `echo` is the digest of all broadcasts before this round; `round` is the id in the protocol's table. */
export const frameCodec = struct({ version: version(1), round: u8, kind, echo: fixed(32), body })
export type Frame = Infer<typeof frameCodec>
