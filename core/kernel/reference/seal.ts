/**
 * Sealing of secrets for the vault: deterministic authenticated encryption (SIV; Rogaway and Shrimpton, Eurocrypt 2006) over keyed BLAKE3.
 *
 *     tag    = BLAKE3_key(H("seal-tag"; key))( H("seal-tag"; context) | content )
 *     sealed = tag | content xor BLAKE3_key(H("seal-stream"; key))( tag )
 * @module
 */
import { type Bytes, concat, equal, wipe } from '../../bytes.ts'
import { PoolError } from '../../errors.ts'
import { H, keyed } from '../../transcript.ts'

const TAG = 32

const tagOf = (key: Bytes, context: Bytes, content: Bytes): Bytes => keyed(H('seal-tag', [key]), concat(H('seal-tag', [context]), content))
function masked(key: Bytes, tag: Bytes, bytes: Bytes): Bytes {
  const stream = keyed(H('seal-stream', [key]), tag, bytes.length)
  for (let i = 0; i < bytes.length; i++) stream[i] = (stream[i] as number) ^ (bytes[i] as number)
  return stream
}

/** tag 32 | encrypted content. */
export function seal(key: Bytes, context: Bytes, content: Bytes): Bytes {
  const tag = tagOf(key, context, content)
  return concat(tag, masked(key, tag, content))
}

/** The content. @throws {PoolError} `seal-mismatch` */
export function unseal(key: Bytes, context: Bytes, sealed: Bytes): Bytes {
  const tag = sealed.subarray(0, TAG)
  if (sealed.length <= TAG) throw new PoolError('seal-mismatch')
  const content = masked(key, tag, sealed.subarray(TAG))
  if (equal(tagOf(key, context, content), tag)) return content
  wipe(content)
  throw new PoolError('seal-mismatch')
}
