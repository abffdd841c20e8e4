/**
 * A passkey as a second way in: its PRF extension gives 32 bytes that only it can give, for a salt that is kept beside the seat. What it gives goes to the
 * worker, which wraps the seat's data key with it.
 * @module
 */
import type { Hex, PasskeyHandle } from '../api.ts'

const toHex = (bytes: Uint8Array): Hex => `0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`
const fromHex = (hex: Hex): Uint8Array<ArrayBuffer> => Uint8Array.from(hex.slice(2).match(/../g) ?? [], pair => Number.parseInt(pair, 16))

/** True where a passkey may work: whether this one does, only trying tells. Addresses without a name have none. */
export function passkeysSupported(): boolean {
  return isSecureContext && 'PublicKeyCredential' in globalThis && !/^[\d.]+$|^\[/.test(location.hostname)
}

/** The person has refused, or their passkey has no PRF. */
export class PasskeyRefused extends Error {}

const nonce = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(32))

/** Makes a passkey for a seat and asks it once: some say that they have PRF and then do not. @throws {PasskeyRefused} */
export async function makePasskey(seat: number): Promise<PasskeyHandle & { readonly secret: Uint8Array<ArrayBuffer> }> {
  const salt = nonce()
  const name = `Sequorum seat ${seat}`
  const made = await attempt(() =>
    navigator.credentials.create({
      publicKey: {
        challenge: nonce(),
        rp: { name: 'Sequorum' },
        user: { id: nonce(), name, displayName: name },
        pubKeyCredParams: [
          { type: 'public-key', alg: -8 },
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -257 },
        ],
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  )
  if (made.getClientExtensionResults().prf?.enabled !== true) throw new PasskeyRefused('this passkey has no PRF extension')
  const handle = { id: toHex(new Uint8Array(made.rawId)), salt: toHex(salt) }
  return { ...handle, secret: await askPasskey(handle) }
}

/** What the passkey gives for its salt. @throws {PasskeyRefused} */
export async function askPasskey({ id, salt }: PasskeyHandle): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await attempt(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: nonce(),
        allowCredentials: [{ type: 'public-key', id: fromHex(id) }],
        userVerification: 'required',
        extensions: { prf: { eval: { first: fromHex(salt) } } },
      },
    }),
  )
  const given = answer.getClientExtensionResults().prf?.results?.first
  if (given === undefined) throw new PasskeyRefused('this passkey gives no secret')
  return given instanceof ArrayBuffer
    ? new Uint8Array(given)
    : new Uint8Array(given.buffer.slice(given.byteOffset, given.byteOffset + given.byteLength) as ArrayBuffer)
}

async function attempt(work: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  let credential: Credential | null
  try {
    credential = await work()
  } catch (cause) {
    throw new PasskeyRefused(cause instanceof DOMException ? cause.name : 'not possible here', { cause })
  }
  if (!(credential instanceof PublicKeyCredential)) throw new PasskeyRefused('no passkey')
  return credential
}
