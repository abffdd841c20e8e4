/**
 * libsodium's WASM as a file of its own. Its module carries it as base64, which is a quarter larger on the way even compressed; here the worker fetches it
 * from beside itself when it starts libsodium. The bytes are those of the package.
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Plugin } from 'vite'

/** The decoder and its argument: an expression in an async function. */
const INLINE = /\(A=>\{for\(var [^"]*"="==A\[\d+\][^"]*"="==A\[\d+\][^"]*return \w\}\)\("([A-Za-z0-9+/=]+)"\)/

/** For the build of workers. Fails when the package is written in another way. */
export function sodiumWasm(): Plugin {
  return {
    name: 'sodium-wasm',
    transform(code, id) {
      if (!id.endsWith('libsodium-sumo/dist/modules-sumo-esm/libsodium-sumo.mjs')) return undefined
      const found = INLINE.exec(code)
      const wasm = Buffer.from(found?.[1] ?? '', 'base64')
      if (found === null || wasm.subarray(0, 4).toString('latin1') !== '\0asm')
        throw new Error('libsodium carries its WASM in a way that is not known here')
      const folder = resolve('node_modules/.cache/sequorum')
      mkdirSync(folder, { recursive: true })
      const file = resolve(folder, `libsodium-${createHash('sha256').update(wasm).digest('hex').slice(0, 16)}.wasm`)
      writeFileSync(file, wasm)
      const bytes = 'new Uint8Array(await(await fetch(sodiumUrl)).arrayBuffer())'
      return { code: `import sodiumUrl from ${JSON.stringify(`${file}?url`)}\n${code.replace(found[0], () => bytes)}`, map: null }
    },
  }
}
