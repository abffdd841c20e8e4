/**
 * The transactions of a batch. Only the rows in sight, and a few around them, are in the page: ten thousand scroll as smoothly as ten.
 * @module
 */
import { useSignal } from '@preact/signals'
import type { Remote } from 'comlink'
import { useEffect } from 'preact/hooks'
import type { BatchPage, Hex, SignerApi } from '../../../api.ts'
import { count, shortHex, wei } from '../../format.ts'

/** px: as in own.css. */
const ROW = 36
const IN_SIGHT = 10
const AROUND = 5

type Row = BatchPage['transactions'][number]

export function Transactions({ content, total, api }: { content: Hex; total: number; api: Remote<SignerApi> }) {
  const top = useSignal(0)
  const rows = useSignal<ReadonlyMap<number, Row>>(new Map())
  const first = Math.max(0, Math.min(Math.floor(top.value / ROW), total - IN_SIGHT) - AROUND)
  const last = Math.min(total, first + IN_SIGHT + 2 * AROUND)
  useEffect(() => {
    let gone = false
    if (rows.value.has(first) && rows.value.has(last - 1)) return
    void api.batch({ content, from: Math.max(0, first - 50) }).then(answer => {
      if (gone || !answer.ok) return
      rows.value = new Map(answer.page.transactions.map((row, index) => [answer.page.from + index, row]))
    })
    return () => {
      gone = true
    }
  }, [content, first, last])
  const shown = Array.from({ length: last - first }, (_, index) => first + index)
  return (
    // A region that scrolls has to be reachable by keyboard.
    <section
      class="transactions"
      aria-label={`Transactions, ${count(total)}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      onScroll={event => {
        top.value = event.currentTarget.scrollTop
      }}
    >
      <ol style={{ height: `${total * ROW}px` }}>
        {shown.map(index => {
          const row = rows.value.get(index)
          return (
            <li key={index} style={{ top: `${index * ROW}px` }} aria-setsize={total} aria-posinset={index + 1}>
              <span class="num">{count(index + 1)}</span>
              {row === undefined ? (
                <span>…</span>
              ) : (
                <>
                  <span class="num" title={row.from}>
                    {shortHex(row.from)}
                  </span>
                  <span class="num" title={row.to ?? ''}>
                    → {row.to === undefined ? 'new contract' : shortHex(row.to)}
                  </span>
                  <span class="num">{wei(BigInt(row.value))}</span>
                  <span class="num">nonce {row.nonce}</span>
                </>
              )}
            </li>
          )
        })}
      </ol>
    </section>
  )
}
