import { describe, expect, it } from 'vitest'
import { asPoolError, type ErrorCode, errorTable, isPoolError, PoolError } from './errors.ts'

/** docs/errors.md, from the table. `npx vitest run --project unit core/errors -u` writes it. */
function document(): string {
  const kinds = { input: 'bad input', io: 'outside', abort: 'protocol', bug: 'ours' }
  const sections = Object.entries(errorTable).map(([code, { kind, summary, next }]) => `## ${code}\n\n*${kinds[kind]}* — ${summary}.\n\n${next}\n`)
  return `# Errors\n\nEvery error has a code, a short message that says what to do next, and where they are known the culprits. This page is made from the table in \`core/errors.ts\`.\n\n${sections.join('\n')}`
}

describe('errors', () => {
  it('are documented, each with its code, in docs/errors.md', async () => {
    await expect(document()).toMatchFileSnapshot('../docs/errors.md')
  })
  it('say what happened and what to do next, in a form that fits one line', () => {
    for (const [code, entry] of Object.entries(errorTable)) {
      expect(code, code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
      expect(entry.summary, code).not.toMatch(/\.$|\n/)
      expect(entry.next, code).toMatch(/\.$/)
    }
  })
  it('carry context, culprits and cause, and survive JSON', () => {
    const cause = new Error('below')
    const error = new PoolError('deadline', { round: 'R2', seconds: 3n }, { culprits: [{ party: 2, certainty: 'suspected' }], cause })
    expect(error.cause).toBe(cause)
    expect(error.message).toContain('round: R2')
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'deadline',
      kind: 'abort',
      message: error.message,
      context: { round: 'R2', seconds: '3' },
      culprits: [{ party: 2, certainty: 'suspected' }],
      docs: 'docs/errors.md#deadline',
    })
  })
  it('are told apart by code', () => {
    expect(isPoolError(new PoolError('internal'), 'internal')).toBe(true)
    expect(isPoolError(new PoolError('internal'), 'deadline' satisfies ErrorCode)).toBe(false)
    expect(isPoolError(new Error('x'))).toBe(false)
    expect(asPoolError(new TypeError('odd')).code).toBe('internal')
  })
})
