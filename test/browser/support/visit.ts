/**
 * Opens a page and keeps what a good page never has: violations of the content security policy, errors in the console, uncaught exceptions.
 * @module
 */
import type { BrowserContext, Page } from 'playwright'

export interface Visit {
  readonly page: Page
  /** Everything that went wrong so far, as text. */
  readonly complaints: string[]
}

/** A fresh tab at `url`. `tolerate` names console errors that the test causes on purpose. */
export async function visit(context: BrowserContext, url: string, tolerate?: RegExp): Promise<Visit> {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => {
    const text = message.text()
    if ((message.type() === 'error' || message.type() === 'warning') && tolerate?.test(text) !== true) complaints.push(`${message.type()}: ${text}`)
  })
  page.on('pageerror', error => complaints.push(`exception: ${error.message}`))
  page.on('crash', () => complaints.push('the tab crashed'))
  await page.exposeFunction('reportViolation', (what: string) => complaints.push(`CSP: ${what}`))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => {
      const report = (globalThis as unknown as { reportViolation(what: string): void }).reportViolation
      report(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`)
    })
  })
  await page.goto(url)
  return { page, complaints }
}
