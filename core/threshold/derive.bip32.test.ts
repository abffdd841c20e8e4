/**
 * The test vectors of BIP-32 (https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki, section "Test Vectors"), as far as public derivation goes: every
 * step of them that is not hardened. Vectors 3 and 4 consist of hardened steps only.
 */
import { HDKey } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { bytesToBigint, hex } from '../bytes.ts'
import { kernel } from '../kernel/index.ts'
import { derive, parsePath } from './derive.ts'

/** Chain, extended public key, extended private key. */
type Link = readonly [string, string, string]

const VECTOR_1: readonly Link[] = [
  [
    'm',
    'xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8',
    'xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi',
  ],
  [
    'm/0h',
    'xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2dZXvgGDnw',
    'xprv9uHRZZhk6KAJC1avXpDAp4MDc3sQKNxDiPvvkX8Br5ngLNv1TxvUxt4cV1rGL5hj6KCesnDYUhd7oWgT11eZG7XnxHrnYeSvkzY7d2bhkJ7',
  ],
  [
    'm/0h/1',
    'xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmALppuCkwQ',
    'xprv9wTYmMFdV23N2TdNG573QoEsfRrWKQgWeibmLntzniatZvR9BmLnvSxqu53Kw1UmYPxLgboyZQaXwTCg8MSY3H2EU4pWcQDnRnrVA1xe8fs',
  ],
  [
    'm/0h/1/2h',
    'xpub6D4BDPcP2GT577Vvch3R8wDkScZWzQzMMUm3PWbmWvVJrZwQY4VUNgqFJPMM3No2dFDFGTsxxpG5uJh7n7epu4trkrX7x7DogT5Uv6fcLW5',
    'xprv9z4pot5VBttmtdRTWfWQmoH1taj2axGVzFqSb8C9xaxKymcFzXBDptWmT7FwuEzG3ryjH4ktypQSAewRiNMjANTtpgP4mLTj34bhnZX7UiM',
  ],
  [
    'm/0h/1/2h/2',
    'xpub6FHa3pjLCk84BayeJxFW2SP4XRrFd1JYnxeLeU8EqN3vDfZmbqBqaGJAyiLjTAwm6ZLRQUMv1ZACTj37sR62cfN7fe5JnJ7dh8zL4fiyLHV',
    'xprvA2JDeKCSNNZky6uBCviVfJSKyQ1mDYahRjijr5idH2WwLsEd4Hsb2Tyh8RfQMuPh7f7RtyzTtdrbdqqsunu5Mm3wDvUAKRHSC34sJ7in334',
  ],
  [
    'm/0h/1/2h/2/1000000000',
    'xpub6H1LXWLaKsWFhvm6RVpEL9P4KfRZSW7abD2ttkWP3SSQvnyA8FSVqNTEcYFgJS2UaFcxupHiYkro49S8yGasTvXEYBVPamhGW6cFJodrTHy',
    'xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76',
  ],
]

const VECTOR_2: readonly Link[] = [
  [
    'm',
    'xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB',
    'xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55Qn3LqFtT2emdEXVYsCzC2U',
  ],
  [
    'm/0',
    'xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH',
    'xprv9vHkqa6EV4sPZHYqZznhT2NPtPCjKuDKGY38FBWLvgaDx45zo9WQRUT3dKYnjwih2yJD9mkrocEZXo1ex8G81dwSM1fwqWpWkeS3v86pgKt',
  ],
  [
    'm/0/2147483647h',
    'xpub6ASAVgeehLbnwdqV6UKMHVzgqAG8Gr6riv3Fxxpj8ksbH9ebxaEyBLZ85ySDhKiLDBrQSARLq1uNRts8RuJiHjaDMBU4Zn9h8LZNnBC5y4a',
    'xprv9wSp6B7kry3Vj9m1zSnLvN3xH8RdsPP1Mh7fAaR7aRLcQMKTR2vidYEeEg2mUCTAwCd6vnxVrcjfy2kRgVsFawNzmjuHc2YmYRmagcEPdU9',
  ],
  [
    'm/0/2147483647h/1',
    'xpub6DF8uhdarytz3FWdA8TvFSvvAh8dP3283MY7p2V4SeE2wyWmG5mg5EwVvmdMVCQcoNJxGoWaU9DCWh89LojfZ537wTfunKau47EL2dhHKon',
    'xprv9zFnWC6h2cLgpmSA46vutJzBcfJ8yaJGg8cX1e5StJh45BBciYTRXSd25UEPVuesF9yog62tGAQtHjXajPPdbRCHuWS6T8XA2ECKADdw4Ef',
  ],
  [
    'm/0/2147483647h/1/2147483646h',
    'xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL',
    'xprvA1RpRA33e1JQ7ifknakTFpgNXPmW2YvmhqLQYMmrj4xJXXWYpDPS3xz7iAxn8L39njGVyuoseXzU6rcxFLJ8HFsTjSyQbLYnMpCqE2VbFWc',
  ],
  [
    'm/0/2147483647h/1/2147483646h/2',
    'xpub6FnCn6nSzZAw5Tw7cgR9bi15UV96gLZhjDstkXXxvCLsUXBGXPdSnLFbdpq8p9HmGsApME5hQTZ3emM2rnY5agb9rXpVGyy3bdW6EEgAtqt',
    'xprvA2nrNbFZABcdryreWet9Ea4LvTJcGsqrMzxHx98MMrotbir7yrKCEXw7nadnHM8Dq38EGfSh6dqA9QWTyefMLEcBYJUuekgW4BYPJcr9E7j',
  ],
]

/** Parent, child, number of the step between them; of a vector, all steps that a public key can take. */
const STEPS = [VECTOR_1, VECTOR_2].flatMap(vector =>
  vector.slice(1).flatMap((child, i) => {
    const parent = vector[i] as Link
    const step = child[0].slice(parent[0].length + 1)
    return step.endsWith('h') ? [] : [{ chain: child[0], parent, child, step: Number(step) }]
  }),
)

describe('BIP-32 test vectors', () => {
  it('have six steps that are not hardened', () => {
    expect(STEPS.map(({ chain }) => chain)).toEqual([
      'm/0h/1',
      'm/0h/1/2h/2',
      'm/0h/1/2h/2/1000000000',
      'm/0',
      'm/0/2147483647h/1',
      'm/0/2147483647h/1/2147483646h/2',
    ])
  })

  it.each(STEPS)('$chain from its parent', ({ parent, child, step }) => {
    const from = HDKey.fromExtendedKey(parent[1])
    const to = HDKey.fromExtendedKey(child[1])
    const derived = derive({ publicKey: from.publicKey as Uint8Array, chainCode: from.chainCode as Uint8Array }, [step])
    expect(hex(derived.publicKey)).toBe(hex(to.publicKey as Uint8Array))
    expect(hex(derived.chainCode)).toBe(hex(to.chainCode as Uint8Array))
    // Secrets differ by the tweak: what signing adds to a share.
    const secret = (extended: string): bigint => bytesToBigint(HDKey.fromExtendedKey(extended).privateKey as Uint8Array)
    expect(kernel.scalars.add(secret(parent[2]), derived.tweak)).toBe(secret(child[2]))
  })

  it('two steps in one path', () => {
    const [, , , from, , to] = VECTOR_1 as unknown as readonly [Link, Link, Link, Link, Link, Link]
    const parent = HDKey.fromExtendedKey(from[1])
    const derived = derive({ publicKey: parent.publicKey as Uint8Array, chainCode: parent.chainCode as Uint8Array }, parsePath('m/2/1000000000'))
    expect(hex(derived.publicKey)).toBe(hex(HDKey.fromExtendedKey(to[1]).publicKey as Uint8Array))
  })

  // Vectors 3 and 4 are for private keys with leading zeros, on the chains m/0h and m/0h/1h.
  it.each([...VECTOR_1, ...VECTOR_2].map(([chain]) => chain).concat('m/0h', 'm/0h/1h'))(
    'the chain %s is a path only when no step is hardened',
    chain => {
      if (chain.includes('h')) expect(() => parsePath(chain)).toThrow(expect.objectContaining({ code: 'hardened-path' }))
      else expect(parsePath(chain)).toEqual(chain === 'm' ? [] : [0])
    },
  )
})
