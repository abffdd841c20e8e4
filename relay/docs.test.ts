import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CLOSE, memberFrame, relayFrame } from '../core/envelope/wire.ts'
import { REFUSALS } from './refusals.ts'
import { RPC_ERRORS } from './rpc.ts'

const page = readFileSync(new URL('../docs/relay.md', import.meta.url), 'utf8')
const section = (title: string): string => page.split(/^#+ /m).find(part => part.startsWith(title)) ?? ''
const rows = (title: string): string[] =>
  section(title)
    .split('\n')
    .filter(line => line.startsWith('|'))
    .slice(2)
    .map(line => (line.split('|')[1] as string).trim())

describe('docs/relay.md', () => {
  it('names every close code, refusal and JSON-RPC error, and no other', () => {
    expect(rows('Close codes')).toEqual(Object.values(CLOSE).map(String))
    for (const [name, code] of Object.entries(CLOSE)) expect(section('Close codes')).toContain(`| ${code} | ${name} |`)
    expect(rows('Refusals')).toEqual(Object.keys(REFUSALS).map(code => `\`${code}\``))
    expect(new Set(rows('Errors of /rpc'))).toEqual(new Set(Object.values(RPC_ERRORS).map(String)))
  })

  it('names only frames that exist', () => {
    const kinds = (title: string): string[] => rows(title).map(cell => cell.replaceAll('`', ''))
    const known = (codec: { encode(frame: never): Uint8Array }, kind: string): boolean => {
      try {
        codec.encode({ kind } as never)
        return true
      } catch (error) {
        return !String(error).includes('unknown kind')
      }
    }
    for (const kind of kinds('Frames from members')) expect([kind, known(memberFrame, kind)]).toEqual([kind, true])
    for (const kind of kinds('Frames to members')) expect([kind, known(relayFrame, kind)]).toEqual([kind, true])
  })
})
