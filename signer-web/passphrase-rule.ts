/**
 * Which passphrases a seat takes, and how hard one is to guess. The page says it while one is typed; the worker decides by the same rule.
 * @module
 */

/** Shortest, in characters. */
export const SHORTEST = 8
/** Different characters at least. */
const DIFFERENT = 5

/** The cores of what people choose most, in small letters without the digits and signs around them. */
const COMMON: ReadonlySet<string> = new Set(
  (
    'password passwort passphrase passw0rd p@ssword p@ssw0rd pass secret letmein welcome admin administrator login master dragon monkey football baseball basketball soccer ' +
    'superman batman princess sunshine shadow iloveyou trustno changeme default hello whatever starwars computer internet michael jordan jennifer charlie ' +
    'freedom mustang access flower hunter killer pepper ginger summer winter spring autumn bitcoin ethereum crypto blockchain wallet sequorum sequencer satoshi hodl ' +
    'qwerty qwertz azerty qwertyuiop qwertzuiop asdfgh asdfghjkl zxcvbn zxcvbnm yxcvbnm qazwsx qazwsxedc abc abcd abcdef abcdefgh correcthorsebatterystaple'
  ).split(' '),
)
const ROWS = ['abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'qwertzuiop', 'azertyuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm', '01234567890']

/** Why a passphrase is not taken; undefined when it is. */
export function refusalOf(passphrase: string): string | undefined {
  const characters = [...passphrase]
  if (characters.length < SHORTEST) return `shorter than ${SHORTEST} characters`
  if (/^[\d\s./-]+$/.test(passphrase)) return 'digits alone are guessed in no time'
  if (new Set(characters).size < DIFFERENT) return `fewer than ${DIFFERENT} different characters`
  const plain = passphrase.toLowerCase().replace(/\s+/g, '')
  const core = plain.replace(/^[^a-z]+|[^a-z]+$/g, '')
  if (COMMON.has(core) || COMMON.has(plain.replace(/[\d!?.*#$]+$/, ''))) return 'one of the most common ones'
  const half = core.slice(0, Math.ceil(core.length / 2))
  if (core.length % 2 === 0 && half + half === core && COMMON.has(half)) return 'one of the most common ones'
  if (core.length >= 4 && ROWS.some(row => row.includes(core) || [...row].reverse().join('').includes(core)))
    return 'a run of the keyboard or the alphabet'
  return undefined
}

/** 0 refused, 1 weak, 2 fair, 3 good, 4 strong. */
export type Strength = 0 | 1 | 2 | 3 | 4

/** A rough measure: letters are counted as in words, which repeat themselves; runs and repetitions count once. */
export function strengthOf(passphrase: string): Strength {
  if (refusalOf(passphrase) !== undefined) return 0
  let bits = 0
  let before: number | undefined
  let step: number | undefined
  for (const character of passphrase) {
    const code = character.codePointAt(0) ?? 0
    const move = before === undefined ? undefined : code - before
    const foreseen = move !== undefined && (move === 0 || (move === step && Math.abs(move) === 1))
    bits += foreseen ? 0.5 : /[a-z]/i.test(character) ? 2.4 : /\d/.test(character) ? 2.5 : 3.5
    step = move
    before = code
  }
  return bits < 28 ? 1 : bits < 40 ? 2 : bits < 56 ? 3 : 4
}
