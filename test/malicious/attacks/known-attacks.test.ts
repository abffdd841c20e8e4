/**
 * The published attacks on threshold ECDSA of this family, and the tests that try each here. A row whose test is not there any more fails; so does a defence that
 * somebody can switch off.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parsePool } from '../../../core/proposal/pool.ts'
import { TAGS } from '../../../core/transcript.ts'
import { pageHeaders } from '../../../relay/page.ts'
import { testPool } from '../../support/pool.ts'

/** File, and a part of the title of a test in it. */
type Tested = readonly [file: string, title: string]
interface Attack {
  readonly name: string
  /** What keeps it away. */
  readonly defence: string
  readonly tests: readonly Tested[]
}

const table = (title: string): Tested => ['test/malicious/table.test.ts', title]
const ATTACKS: readonly Attack[] = [
  {
    name: 'gadget fixed before what leaks (ePrint 2026/976)',
    defence: 'Variant II, m = 752',
    tests: [
      ['core/threshold/parameters.test.ts', 'are those of version 1'],
      ['core/threshold/parameters.test.ts', 'one mask column stops sufficing'],
    ],
  },
  {
    name: 'challenge not bound to the transfers, or to Q',
    defence: 'chi and g hash E and Q',
    tests: [
      ['test/malicious/attacks/undefended.test.ts', 'lets Bob spoil transfers unseen'],
      ['core/kernel/reference/vole.test.ts', 'were the challenge known before Q'],
    ],
  },
  {
    name: 'split view of R',
    defence: 'echo of every broadcast before openings',
    tests: [['test/malicious/split-view.test.ts', 'preprocessing of three']],
  },
  {
    name: 'selective failure on Delta',
    defence: 'burn',
    tests: [
      ['test/malicious/attacks/selective-failure.slow.test.ts', 'tells Bob all of Delta'],
      ['test/malicious/attacks/selective-failure.slow.test.ts', 'here the first failure is the last'],
      ['core/kernel/reference/vole.slow.test.ts', 'a flipped bit of u is caught 15 times in 16'],
      ['core/threshold/sign-checks.test.ts', 'refuses the peer in every call, also after a restart'],
      ['test/simulation/refresh.test.ts', 'is kept apart by everyone, also after restarts'],
    ],
  },
  {
    name: 'selective failure on w',
    defence: 'burn, statistical parameter 80',
    tests: [
      ['test/malicious/attacks/selective-failure.slow.test.ts', 'tells Alice one choice bit for each message'],
      ['test/malicious/attacks/selective-failure.slow.test.ts', 'here a state answers once'],
      ['core/kernel/reference/vole.slow.test.ts', 'three bad rows pass one time in eight, twenty never'],
    ],
  },
  {
    name: 'flaw of the KOS check',
    defence: 'SoftSpoken check',
    tests: [['core/kernel/reference/ot-extension.test.ts', 'a flip that is fitted to the check passes only where it cannot matter']],
  },
  {
    name: 'base transfers: missing index, known logarithm, invalid point',
    defence: 'index and keys in every hash, hash to the curve, all points validated',
    tests: [
      ['test/malicious/attacks/selective-failure.slow.test.ts', 'gives the receiver the keys of both sides'],
      ['core/kernel/reference/transfer.test.ts', 'another batch id, or another sender key in the hash'],
      ['core/kernel/reference/transfer.test.ts', 'a sum that is the identity is refused'],
      ['core/kernel/wasm/base-ot.test.ts', 'an invalid point is found before an identity'],
    ],
  },
  {
    name: 'session id or salt that comes twice',
    defence: 'nonces of both sides and the view',
    tests: [
      ['test/malicious/attacks/undefended.test.ts', 'gives the difference of two secret inputs'],
      ['core/kernel/reference/ot-extension.test.ts', 'two extensions from the same leaves share nothing'],
    ],
  },
  {
    name: 'presignature used twice: two workers, a crash, a restore',
    defence: 'spent before O1 leaves; RAM only; hedged randomness',
    tests: [
      ['test/malicious/attacks/undefended.test.ts', 'gives the whole key to anyone'],
      ['test/malicious/crashes/tuples.test.ts', 'that two signatures want at once goes to one of them'],
      ['test/malicious/crashes/tuples.test.ts', 'has no copies'],
      ['core/threshold/sign.test.ts', 'signs in a later session, once'],
      ['test/simulation/crash-tuple.test.ts', 'after a crash'],
    ],
  },
  {
    name: 'presignature with a chosen digest or child key',
    defence: 'the nonce opens only to who is bound to transaction and path; no API takes a digest',
    tests: [
      ['test/malicious/crashes/tuples.test.ts', 'that signers give to different messages signs none'],
      ['test/malicious/other-inputs.test.ts', 'a signer'],
    ],
  },
  {
    name: 'ambiguous hash (TSSHOCK alpha-shuffle)',
    defence: 'injective encoding',
    tests: [['core/transcript.test.ts', 'maps different lists of parts to different hashes']],
  },
  {
    name: 'Paillier and its proofs (TSSHOCK, BitForge, Alpha-Rays)',
    defence: 'there is no Paillier',
    tests: [['test/malicious/attacks/known-attacks.test.ts', 'there is no Paillier']],
  },
  {
    name: 'index 0, or equal mod n',
    defence: 'distinct integers 1..65535',
    tests: [['core/ceremony/context.test.ts', 'gives the parties in order']],
  },
  {
    name: 'polynomial of higher degree',
    defence: 'exactly t points',
    tests: [
      ['test/malicious/attacks/undefended.test.ts', 'unchecked, t members no longer have the key'],
      ['core/threshold/dealing.test.ts', 'notices a polynomial of higher or lower degree'],
    ],
  },
  {
    name: 'vectors cut short',
    defence: 'exact lengths',
    tests: [
      ['core/kernel/reference/vole.test.ts', 'a wrong length is refused before anything is read'],
      ['core/ceremony/router.test.ts', 'names the sender of a body of the wrong length'],
    ],
  },
  {
    name: 'rogue key',
    defence: 'commitment and proof of knowledge',
    tests: [
      ['test/malicious/attacks/undefended-proofs.test.ts', 'without the proof the opening passes every other check'],
      ['test/malicious/attacks/undefended.test.ts', 'without commitments and proofs the last dealer takes the whole key'],
      ['test/malicious/cheating-dealer.test.ts', 'a rogue key'],
    ],
  },
  {
    name: 'proof of another party or session',
    defence: 'view, index and statement in the challenge',
    tests: [
      ['test/malicious/attacks/undefended-proofs.test.ts', 'proves a rogue key, where the challenge does not hash the polynomial'],
      ['core/threshold/dealing.test.ts', 'is bound to its use, context and statements'],
      ['test/malicious/cheating-dealer.test.ts', 'the polynomial of another, with the proof of the other'],
    ],
  },
  {
    name: 'refresh with a wrong contribution, half a refresh, mixed epochs',
    defence: 'public check of each contribution, certificates, epochs',
    tests: [
      ['test/malicious/cheating-dealer.test.ts', 'a dealer of a key that exists, that commits to its cheat'],
      ['test/simulation/refresh.test.ts', 'certificates of two refreshes, withheld and dealt to different members'],
      ['test/malicious/other-inputs.test.ts', 'of another generation of the key, or of another key'],
    ],
  },
  {
    name: 'two chain codes',
    defence: 'committed to, and in the view',
    tests: [
      ['test/malicious/split-view.test.ts', 'key generation: nobody has a share'],
      ['core/member/takeover.test.ts', 'another chain code than was certified'],
    ],
  },
  {
    name: 'AEAD nonce used in both directions',
    defence: 'a key per direction',
    tests: [
      ['core/envelope/hello.test.ts', 'gives each direction its own key'],
      ['core/envelope/session.test.ts', 'seals the same text differently each time and in each direction'],
    ],
  },
  {
    name: 'relay that drops, repeats, reorders, replays, crosses sessions: mutual bans',
    defence: 'views first; nobody is blamed or burned for a relay',
    tests: [
      ['core/ceremony/router.test.ts', 'compares the echo before it looks at the body, and blames nobody'],
      ['core/envelope/session.test.ts', 'is not closed by a forged second content'],
      ['test/malicious/envelopes.ts', 'two hellos of one member, told to different members, end the session and name nobody'],
    ],
  },
  {
    name: 'panic on malformed input',
    defence: 'typed errors only',
    tests: [['core/envelope/malformed.test.ts', 'decodes random bytes to nothing'], table('has a row for every field of')],
  },
  {
    name: 'threshold and parties not checked',
    defence: 'identity and index compared apart',
    tests: [
      ['core/ceremony/context.test.ts', 'context'],
      ['core/threshold/refresh.test.ts', 'a member with another identity'],
    ],
  },
  {
    name: 'devious transfer: an old share used again after a reshare',
    defence: 'epochs, erasure, public check of contributions',
    tests: [
      ['core/threshold/reshare.test.ts', 'a dealer without its share, with that of another, or of another generation'],
      ['core/member/takeover.test.ts', 'its shares go when the first height is final'],
      ['core/threshold/reshare.test.ts', 'in the same seats'],
    ],
  },
  {
    name: 'preprocessing of an older generation',
    defence: 'epoch in pair context and request',
    tests: [
      ['core/threshold/sign.test.ts', 'is refused by another key epoch and wiped'],
      ['test/simulation/refresh.test.ts', 'while batches are signed, no height waits, the account stays, and old shares are gone'],
    ],
  },
  {
    name: 'timing',
    defence: 'constant-time kernel',
    tests: [
      ['bench/constant-time/statistics.test.ts', 'is that of Welch'],
      ['bench/constant-time/exports.test.ts', 'is measured doing its work'],
    ],
  },
  {
    name: 'recovery id, low s',
    defence: 'one rule for both',
    tests: [['core/threshold/signature.test.ts', 'lowers s and flips the parity with it, in all four cases']],
  },
  {
    name: 'scalars that are not canonical, zero, identity',
    defence: 'explicit checks',
    tests: [
      ['core/threshold/signature.test.ts', 'gives nothing for U = 0 or W = 0'],
      ['core/kernel/reference/vole.test.ts', 'values that are not below the order are refused'],
      ['core/kernel/wasm/scalars.test.ts', 'a value that is not below the order is found at every place'],
    ],
  },
  {
    name: 'completion said to some only',
    defence: 'certificates of all, transferable',
    tests: [
      ['test/simulation/refresh.test.ts', 'whoever missed certificates gets them from who has them'],
      ['test/malicious/crashes/dealings.test.ts', 'notices a certificate that leaves before the share is durable'],
    ],
  },
  {
    name: 'signature that exists though the ceremony failed',
    defence: 'the slot counts as used',
    tests: [
      ['core/threshold/sign.test.ts', 'the deadline names who is missing for'],
      ['core/proposal/lock.test.ts', 'another one has to raise both fees by a tenth'],
    ],
  },
  {
    name: 'supply chain, hostile page',
    defence: 'own origin only, Trusted Types; outside of the protocol',
    tests: [['test/malicious/attacks/known-attacks.test.ts', 'runs its own code only']],
  },
  {
    name: 'one operator with two shares',
    defence: 'a pool file names each identity once',
    tests: [['test/malicious/attacks/known-attacks.test.ts', 'one identity has one seat']],
  },
]

/** The named tests of the life of a key. */
const LIFE: readonly Attack[] = [
  {
    name: 'certificates of two refreshes, withheld and dealt to different members',
    defence: 'the rule of generations',
    tests: [
      ['test/simulation/refresh.test.ts', 'do not split the pool'],
      ['test/malicious/crashes/pending.test.ts', 'certificates withheld from refresh after refresh'],
    ],
  },
  {
    name: 'an abandoned pending share that would undo a refresh',
    defence: 'erased with what is below the active one',
    tests: [
      ['core/threshold/generations.test.ts', 'two refreshes whose certificates went to different members do not split the committee'],
      ['core/member/stored-shares.test.ts', 'are erased when a later generation is active, or another key'],
    ],
  },
  {
    name: 'old and new members with the same index',
    defence: 'addresses of their own for who leaves',
    tests: [['core/threshold/reshare.test.ts', '2-of-3 to a 2-of-2 of other people in the same seats']],
  },
  {
    name: 'a new member that is fed a wrong key or chain code',
    defence: 'certificates against the pool file',
    tests: [
      ['core/member/takeover.test.ts', 'another account'],
      ['core/member/takeover.test.ts', 'another chain code than was certified'],
    ],
  },
  {
    name: 'a restored profile that would un-burn a pair',
    defence: 'burns in the guard and with the others',
    tests: [['test/simulation/refresh.test.ts', 'does not bring the pair back: its own guard knows, and so do the others']],
  },
  {
    name: 'an old backup with newer peers',
    defence: 'share-superseded',
    tests: [
      ['test/simulation/refresh.test.ts', 'is superseded when the others have a later generation'],
      ['core/threshold/restore.test.ts', 'of an older generation is found out by the others'],
    ],
  },
  {
    name: 'messages of a removed member, an old epoch, another pool',
    defence: 'roster, epoch and pool in every context',
    tests: [
      ['core/threshold/refresh.test.ts', 'a member of another generation, other numbers, and another pool'],
      ['core/envelope/session.test.ts', 'wrong-room'],
      ['core/envelope/session.test.ts', 'unknown-sender'],
    ],
  },
]

/** Whether a test, a group of tests or a row of a table of tests has `title` in its name; a comment, or a line of code, is none. */
const names = (text: string, title: string): boolean =>
  text.split('\n').some(line => line.includes(title) && /\b(it|test|describe)(\.\w+)*\(|\)\(['"`]|^\s*\[?\s*['"`]/.test(line))

describe('every known attack is tried by a test', () => {
  it('and a test that is not there is missed', () => {
    const text = "// it is said that a rogue key is refused\nit('a wrong proof', () => {\n  const code = 'bad-proof'\n})"
    expect(['a rogue key', 'bad-proof', 'a wrong opening'].filter(title => names(text, title))).toEqual([])
    expect(names(text, 'a wrong proof')).toBe(true)
  })
  it('there are thirty-two', () => {
    expect(ATTACKS).toHaveLength(32)
    expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(32)
  })
  it.each([
    ...ATTACKS.map((attack, at) => [`attack ${at + 1}: ${attack.name}`, attack] as const),
    ...LIFE.map(attack => [attack.name, attack] as const),
  ])('%s', (_, { tests, defence }) => {
    expect(defence).not.toBe('')
    expect(tests.length).toBeGreaterThan(0)
    for (const [file, title] of tests) {
      expect(existsSync(file), file).toBe(true)
      const text = readFileSync(file, 'utf8')
      expect(names(text, title), `${file}: ${title}`).toBe(true)
    }
  })
})

describe('attacks that nothing here is open to', () => {
  const under = (folder: string, ending: RegExp): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return under(path, ending)
      return ending.test(entry.name) ? [path] : []
    })
  const texts = (folders: readonly string[], ending: RegExp) =>
    folders.flatMap(folder => under(folder, ending)).map(file => ({ file, text: readFileSync(file, 'utf8') }))
  const all = texts(['core', 'relay', 'signer-node', 'signer-web'], /(?<!\.test)\.tsx?$/)
  /** What is run and shipped; `tsc -b` makes it before any test. */
  const built = texts(['dist/core', 'dist/relay', 'dist/signer-node'], /(?<!\.test)\.js$/)
  const found = (pattern: RegExp, files = all): string[] => files.filter(({ text }) => pattern.test(text)).map(({ file }) => file)

  it('there is no Paillier', () => {
    expect(all.length).toBeGreaterThan(200)
    expect(found(/paillier/i)).toEqual([])
    expect(TAGS.some(tag => /paillier|mta|range/.test(tag))).toBe(false)
  })

  it('no defence can be switched off: the core reads no environment and no global switch', () => {
    const switches = /process\.env|import\.meta\.env|\b(skip|disable|weaken|insecure|unsafe)(Check|Checks|Verify|Verification|Echo|Burn)\w*/i
    // The search would find one.
    const planted = { file: 'planted.ts', text: 'if (process.env.X !== undefined) return skipVerification()' }
    expect(found(switches, [...all, planted])).toContain('planted.ts')
    expect(built.length).toBeGreaterThan(200)
    const ofCore = [...all, ...built].filter(({ file }) => /^(dist\/)?core\//.test(file))
    expect(found(switches, ofCore)).toEqual([])
    expect(found(/\b(skip|disable|weaken|insecure|unsafe)(Check|Checks|Verify|Verification|Echo|Burn)\w*/i, [...all, ...built])).toEqual([])
  })

  it('the page runs its own code only', () => {
    const policy = pageHeaders('wss://relay.example')['content-security-policy'] ?? ''
    for (const part of [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "require-trusted-types-for 'script'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ])
      expect(policy.split('; ')).toContain(part)
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/)
  })

  it('one identity has one seat, and so has one vote key', () => {
    const { members, ...rest } = testPool(3) as unknown as { members: Record<string, unknown>[] } & Record<string, unknown>
    const json = JSON.parse(
      JSON.stringify({ version: 1, ...rest, members: members.map(member => ({ ...member, weight: String(member.weight) })) }, (_, value: unknown) =>
        typeof value === 'bigint' ? Number(value) : value,
      ),
    ) as {
      members: Record<string, unknown>[]
    }
    expect(() => parsePool(json)).not.toThrow()
    for (const field of ['identity', 'vote', 'seat'])
      expect(() =>
        parsePool({ ...json, members: json.members.map((member, at) => (at === 2 ? { ...member, [field]: json.members[0]?.[field] } : member)) }),
      ).toThrow(expect.objectContaining({ code: 'bad-pool-file' }))
  })
})
