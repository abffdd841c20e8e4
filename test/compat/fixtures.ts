/**
 * Files of the formats that this software has ever written (README.md in this folder).
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Bytes, fromHex, hex } from '../../core/bytes.ts'

/** Lines of hex are this long. */
const WIDTH = 160

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/**
 * The bytes of a file of this folder: hex in `.hex`, else as they are. A file that is missing is made when SEQUORUM_FIXTURES is `write`; one that is there is
 * never written.
 */
export async function fixture(name: string, make: () => Bytes | Promise<Bytes>): Promise<Bytes> {
  const file = fileOf(name)
  const asText = name.endsWith('.hex')
  if (!existsSync(file) && process.env.SEQUORUM_FIXTURES === 'write') {
    const bytes = await make()
    writeFileSync(
      file,
      asText
        ? `${hex(bytes)
            .slice(2)
            .replaceAll(new RegExp(`.{${WIDTH}}`, 'g'), '$&\n')
            .trimEnd()}\n`
        : bytes,
      { flag: 'wx' },
    )
  }
  return asText ? fromHex(readFileSync(file, 'utf8').replaceAll('\n', '')) : new Uint8Array(readFileSync(file))
}

type Table = Readonly<Record<string, Bytes>>

/** A file of named hex strings, in the same way. */
export async function fixtureTable(name: string, make: () => Table | Promise<Table>): Promise<Map<string, Bytes>> {
  const file = fileOf(name)
  if (!existsSync(file) && process.env.SEQUORUM_FIXTURES === 'write') {
    const table = Object.fromEntries(Object.entries(await make()).map(([key, bytes]) => [key, hex(bytes)]))
    writeFileSync(file, `${JSON.stringify(table, undefined, 2)}\n`, { flag: 'wx' })
  }
  const table = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  return new Map(Object.entries(table).map(([key, text]) => [key, fromHex(text)]))
}
