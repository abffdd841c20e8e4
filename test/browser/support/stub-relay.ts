/**
 * The HTTP face of a relay with a script instead of a pool behind it: shows the page any snapshot a test wants to see, and can go away.
 * Files and headers are the relay's own.
 * @module
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RelaySnapshot } from '../../../relay/index.ts'
import { pageFile, pageHeaders } from '../../../relay/page.ts'

export interface StubRelay {
  readonly url: string
  show(snapshot: RelaySnapshot): void
  /** Cuts every connection and refuses new ones with 503 until `show`. */
  vanish(): void
  close(): Promise<void>
}

export async function stubRelay(pageDir: string, first: RelaySnapshot): Promise<StubRelay> {
  let snapshot: RelaySnapshot | undefined = first
  const streams = new Set<ServerResponse>()
  const event = (): string => `event: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo
    for (const [name, value] of Object.entries(pageHeaders(`ws://127.0.0.1:${port}`))) response.setHeader(name, value)
    const { pathname } = new URL(request.url ?? '/', 'http://relay.invalid')
    const gone = snapshot === undefined && pathname.startsWith('/api/')
    if (gone) response.writeHead(503).end()
    else if (pathname === '/api/status') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(snapshot))
    else if (pathname === '/api/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event())
      streams.add(response)
      response.on('close', () => streams.delete(response))
    } else
      void pageFile(pageDir, pathname).then(file => {
        if (file === undefined) response.writeHead(404).end()
        else response.writeHead(200, { 'content-type': file.type }).end(file.body)
      })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    show(next) {
      snapshot = next
      for (const stream of streams) stream.write(event())
    },
    vanish() {
      snapshot = undefined
      for (const stream of streams) stream.destroy()
    },
    close() {
      for (const stream of streams) stream.destroy()
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
