/**
 * What one connected member gets from the store, in order: its mailbox, then the L2 transactions. It stops sending while too much is
 * unacknowledged or waits in the socket, and goes on from where it was.
 * @module
 */
import type { Limits } from './config.ts'
import type { Connection } from './connection.ts'
import type { Log } from './ports.ts'
import type { Page, RelayStore } from './store.ts'

export interface Delivery {
  /** Last sequence that was delivered, or that the member had before. */
  readonly position: number
  /** There may be something new. */
  wake(): void
  /** The member has acknowledged everything up to `sequence`. */
  acknowledged(sequence: number): void
  stop(): void
}

export interface DeliveryOptions {
  readonly seat: number
  readonly connection: Connection
  readonly store: RelayStore
  readonly limits: Limits
  readonly log: Log
  /** Where the member resumes, and the newest sequence at its welcome: `caughtUp` is said when that is delivered. */
  readonly since: { readonly messages: number; readonly transactions: number }
  readonly target: number
}

const PAGE: Page = { count: 128, bytes: 1024 * 1024 }

export function startDelivery(options: DeliveryOptions): Delivery {
  const { seat, connection, store, limits, log } = options
  let messages = options.since.messages
  let transactions = options.since.transactions
  let caughtUp = false
  let running = false
  let again = false
  let stopped = false
  let inFlight: { readonly sequence: number; readonly size: number }[] = []
  let inFlightBytes = 0

  let paused = false

  const socketFull = (): boolean => {
    paused ||= connection.buffered > limits.bufferedPause
    return paused
  }
  const windowFull = (): boolean => inFlight.length >= limits.windowMessages || inFlightBytes >= limits.windowBytes
  const flushed = (): void => {
    if (!paused || connection.buffered > limits.bufferedPause / 2) return
    paused = false
    wake()
  }

  /** Sends what fits of the mailbox; true when its end was reached. */
  async function deliverMessages(): Promise<boolean> {
    while (!stopped && !windowFull() && !socketFull()) {
      const page = await store.mailbox.read(seat, messages, PAGE)
      for (const { sequence, envelope } of page) {
        if (stopped || windowFull() || socketFull()) return false
        if (!connection.send({ kind: 'deliver', sequence, envelope }, flushed)) return false
        messages = sequence
        inFlight.push({ sequence, size: envelope.length })
        inFlightBytes += envelope.length
      }
      sayCaughtUp(page.length === 0)
      if (page.length === 0) return true
    }
    return false
  }

  function sayCaughtUp(atEnd: boolean): void {
    if (caughtUp || !(atEnd || messages >= options.target)) return
    caughtUp = connection.send({ kind: 'caughtUp', sequence: options.target })
  }

  async function deliverTransactions(): Promise<void> {
    while (!stopped && !socketFull()) {
      const page = await store.intake.queued(transactions, PAGE)
      if (page.length === 0) return
      for (const { sequence, raw } of page) {
        if (stopped || socketFull()) return
        if (!connection.send({ kind: 'transaction', sequence, raw }, flushed)) return
        transactions = sequence
      }
    }
  }

  async function pump(): Promise<void> {
    running = true
    try {
      do {
        again = false
        await deliverMessages()
        await deliverTransactions()
      } while (again && !stopped)
    } catch (error) {
      // What was not delivered is delivered at the next occasion, at the latest on the next connection.
      log('error', 'delivery.failed', { seat, reason: error instanceof Error ? error.message : String(error) })
    } finally {
      running = false
    }
  }

  function wake(): void {
    if (stopped) return
    if (running) again = true
    else void pump()
  }

  return {
    get position() {
      return messages
    },
    wake,
    acknowledged(sequence) {
      const left = inFlight.findIndex(item => item.sequence > sequence)
      const done = inFlight.splice(0, left === -1 ? inFlight.length : left)
      for (const item of done) inFlightBytes -= item.size
      wake()
    },
    stop() {
      stopped = true
      inFlight = []
    },
  }
}
