/**
 * Entry of the page. `?seat=K` opens a bare seat in this tab (see page/seat.ts); without it the tab only looks.
 * @module
 */
import { render } from 'preact'
import { App } from './page/app.tsx'
import { openFeed } from './page/feed.ts'

const root = document.getElementById('page')
if (root === null) throw new Error('the page has no root element')
render(<App feed={openFeed('./')} />, root)
