/**
 * Entry of the page. `?seat=K` makes this tab a member (page/seat.tsx); without it the tab only looks.
 * @module
 */
import { render } from 'preact'
import { App } from './page/app.tsx'
import { openFeed } from './page/feed.ts'

/** The seat that the address asks for; undefined in a tab that only looks. */
function seatOf(search: string): number | undefined {
  const asked = new URLSearchParams(search).get('seat')
  return asked !== null && /^[1-9][0-9]{0,4}$/.test(asked) ? Number(asked) : undefined
}

const root = document.getElementById('page')
if (root === null) throw new Error('the page has no root element')
const seat = seatOf(location.search)
const feed = openFeed('./')
if (seat === undefined) render(<App feed={feed} />, root)
else {
  // Loaded only then: a tab that just looks carries no worker.
  const { startSeat } = await import('./page/seat.tsx')
  const OwnSeat = startSeat(seat)
  render(<App feed={feed} seat={<OwnSeat />} />, root)
}
