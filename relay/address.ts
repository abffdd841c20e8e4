/**
 * What the relay is called. Members sign the name they dialled, so it must be one of the relay's own: else a relay in the middle could
 * pass a challenge on. Browsers' pages are checked by the same list.
 * @module
 */
import { isLoopback, type Settings } from './config.ts'

export interface Addresses {
  /** `ws://host:port` or `wss://…` for a Host header; undefined when this relay is not called so. */
  own(host: string | undefined): string | undefined
  /** The name given when the Host header names no own one. */
  readonly primary: string
  /** True when a page of this origin may talk to the relay that was reached under `host`. */
  pageAllowed(origin: string, host: string | undefined): boolean
}

/** The addresses of a relay that listens on `port`. */
export function addressesOf(settings: Settings, port: number): Addresses {
  const { host, tls, publicUrl, pool, origins } = settings
  const scheme = tls === undefined ? 'ws' : 'wss'
  const names = new Set<string>()
  if (publicUrl !== undefined) names.add(new URL(publicUrl).origin)
  if (pool.relay !== undefined) names.add(new URL(pool.relay).origin)
  const plain = host.includes(':') ? `[${host}]` : host
  names.add(new URL(`${scheme}://${plain}:${port}`).origin)
  if (isLoopback(host) || host === '0.0.0.0' || host === '::')
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) names.add(new URL(`${scheme}://${name}:${port}`).origin)
  const primary = [...names][0] as string

  const own = (given: string | undefined): string | undefined => {
    if (given === undefined || !/^[\w.:[\]-]{1,255}$/.test(given)) return undefined
    // Behind a proxy the outer scheme differs from ours, so both are looked for.
    return ['ws', 'wss'].map(candidate => originOf(`${candidate}://${given}`)).find(candidate => candidate !== undefined && names.has(candidate))
  }
  return {
    own,
    primary,
    pageAllowed(origin, given) {
      if (origins.includes(origin)) return true
      const name = own(given)
      return name !== undefined && originOf(origin) === name.replace(/^ws/, 'http')
    },
  }
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}
