/** Who dies in what, for the crash tests of ceremonies that make new shares. */
import type { Ceremony } from './committee.ts'
import { importOf, keygenOf, refreshOf, reshareOf } from './dealings.ts'

export interface Case {
  readonly ceremony: Ceremony
  readonly mortal: number
  readonly role: string
}

const overlapping = reshareOf(3, 2, [1, 2], [2, 4, 5], 2)

export const EVERY: readonly Case[] = [
  { ceremony: keygenOf(2, 2), mortal: 1, role: 'a member' },
  { ceremony: keygenOf(3, 2), mortal: 2, role: 'a member' },
  { ceremony: importOf(2, 2), mortal: 1, role: 'who has the key' },
  { ceremony: importOf(2, 2), mortal: 2, role: 'who gets a share only' },
  { ceremony: refreshOf(3, 2), mortal: 2, role: 'a member' },
  { ceremony: refreshOf(3, 3), mortal: 1, role: 'a member' },
  { ceremony: overlapping, mortal: 1, role: 'a dealer that leaves' },
  { ceremony: overlapping, mortal: 2, role: 'a dealer that stays' },
  { ceremony: overlapping, mortal: 4, role: 'a new member' },
]

/** In which two members die. */
export const DRAWN: readonly Ceremony[] = [keygenOf(3, 2), refreshOf(3, 2), refreshOf(4, 3), overlapping]
