import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { MAX_FRAME } from '../core/envelope/wire.ts'
import type { Socket } from '../core/member/ports.ts'
import { dialRelay } from './dial.ts'

let server: WebSocketServer
let url = ''
beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise(resolve => server.once('listening', resolve))
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  for (const client of server.clients) client.terminate()
  server.close()
})

interface Seen {
  readonly socket: Socket
  readonly frames: Uint8Array[]
  readonly closes: [number, string][]
  readonly opened: Promise<void>
  readonly closed: Promise<[number, string]>
  received(count: number): Promise<void>
}

function dial(to = url, options = {}): Seen {
  const frames: Uint8Array[] = []
  const closes: [number, string][] = []
  let wake = (): void => {}
  let socket: Socket | undefined
  let opened: Promise<void> | undefined
  const closed = new Promise<[number, string]>(resolve => {
    opened = new Promise(open => {
      socket = dialRelay(
        to,
        options,
      )({
        open,
        message(frame) {
          frames.push(frame)
          wake()
        },
        close(code, reason) {
          closes.push([code, reason])
          resolve([code, reason])
        },
      })
    })
  })
  const received = async (count: number): Promise<void> => {
    while (frames.length < count) await new Promise<void>(resolve => (wake = resolve))
  }
  return { socket: socket as unknown as Socket, frames, closes, opened: opened as unknown as Promise<void>, closed, received }
}

const accepted = (): Promise<WebSocket> => new Promise(resolve => server.once('connection', resolve))

test('binary frames go both ways, uncompressed', async () => {
  const peer = accepted()
  const seen = dial()
  const remote = await peer
  remote.on('message', data => remote.send(data))
  await seen.opened
  expect(remote.extensions).toBe('')
  seen.socket.send(Uint8Array.of(1, 2, 3))
  seen.socket.send(new Uint8Array(MAX_FRAME))
  await seen.received(2)
  expect(seen.frames[0]).toEqual(Uint8Array.of(1, 2, 3))
  expect(seen.frames[1]).toHaveLength(MAX_FRAME)
  seen.socket.close(1000)
  expect(await seen.closed).toEqual([1000, ''])
  seen.socket.send(Uint8Array.of(4))
  seen.socket.close()
})

test('a frame above the limit and a text frame end the connection', async () => {
  for (const frame of [new Uint8Array(MAX_FRAME + 1), 'text']) {
    const peer = accepted()
    const seen = dial()
    ;(await peer).send(frame)
    const [code] = await seen.closed
    expect([1003, 1006, 1009]).toContain(code)
    expect(seen.frames).toEqual([])
  }
})

test('the code and reason of the relay arrive, once', async () => {
  const peer = accepted()
  const seen = dial()
  ;(await peer).close(4409, 'displaced')
  expect(await seen.closed).toEqual([4409, 'displaced'])
  expect(seen.closes).toHaveLength(1)
})

test('a connection that never opens is closed once, with why', async () => {
  const free = createServer()
  await new Promise<void>(resolve => free.listen(0, '127.0.0.1', resolve))
  const { port } = free.address() as AddressInfo
  await new Promise(resolve => free.close(resolve))
  const seen = dial(`ws://127.0.0.1:${port}`)
  expect(await seen.closed).toEqual([1006, 'ECONNREFUSED'])
  expect(seen.closes).toHaveLength(1)
  const abandoned = dial()
  abandoned.socket.close()
  expect((await abandoned.closed)[0]).toBe(1006)
})

test('silence ends a connection', async () => {
  const seen = dial(url, { silence: 50 })
  expect(await seen.closed).toEqual([1006, 'silent'])
})

test('only WebSocket addresses', () => {
  for (const address of ['http://127.0.0.1', 'nonsense', ''])
    expect(() => dialRelay(address)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
})
