/**
 * WebSockets to the relay from a browser. Browsers answer the relay's pings by themselves; the link notices silence.
 * @module
 */
import { CLOSE, MAX_FRAME } from '../../core/envelope/wire.ts'
import type { Dial } from '../../core/member/ports.ts'

/** Connections to one relay, `ws://…/relay` or `wss://…/relay`. */
export const dialRelay =
  (url: string): Dial =>
  events => {
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => events.open()
    socket.onmessage = ({ data }) => {
      if (!(data instanceof ArrayBuffer)) socket.close(CLOSE.malformed)
      else if (data.byteLength > MAX_FRAME) socket.close(CLOSE.tooLarge)
      else events.message(new Uint8Array(data))
    }
    socket.onclose = ({ code, reason }) => events.close(code, reason)
    return {
      send(frame) {
        // Copied into a buffer of its own: the frame may be a view of a shared one.
        if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array(frame))
      },
      // Browsers let a page send 1000 and 3000..4999 only.
      close: code => socket.close(code === undefined || code === 1000 || code >= 3000 ? code : 1000),
    }
  }

/** Where the relay that served this worker takes members. */
export function relayUrl(page: string): string {
  const { protocol, host } = new URL(page)
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/relay`
}
