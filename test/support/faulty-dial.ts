/**
 * A line to the relay with faults by a seed: frames come late, outgoing frames are sent twice, connections break in the middle of everything. The order within
 * a connection is kept, as TCP keeps it. What a break loses is for the member to send again.
 * @module
 */
import type { Bytes } from '../../core/bytes.ts'
import type { Clock, Dial, Socket } from '../../core/member/ports.ts'

export interface LineFaults {
  /** Longest delay of a frame, ms; each one's is uniform below it. */
  readonly delay: number
  /** Chances, per frame, that the connection breaks, and that an outgoing frame is sent twice. */
  readonly cut: number
  readonly twice: number
}

/** How often each fault has happened. */
export interface FaultCounts {
  delayed: number
  cut: number
  twice: number
}

/** @param chance uniform in [0, 1), of the run's seed. @param faults asked at each frame; undefined for a good line. */
export function faultyDial(
  dial: Dial,
  { clock, chance, faults, counts }: { clock: Clock; chance: () => number; faults: () => LineFaults | undefined; counts: FaultCounts },
): Dial {
  return events => {
    let over = false
    const end = (code: number, reason: string): void => {
      if (over) return
      over = true
      events.close(code, reason)
    }
    /** Hands frames on in order, each after its delay at the earliest. */
    function lane(pass: (frame: Bytes) => void): (frame: Bytes) => void {
      const waiting: Bytes[] = []
      let due = 0
      return frame => {
        const now = faults()
        if (now !== undefined && chance() < now.cut) {
          counts.cut++
          socket.close()
          return end(1006, 'cut')
        }
        const delay = now === undefined ? 0 : Math.floor(chance() * now.delay)
        if (delay > 0) counts.delayed++
        due = Math.max(due, clock.now() + delay)
        // A timer may come later than its time: what came before goes first.
        if (waiting.length === 0 && due <= clock.now()) return pass(frame)
        waiting.push(frame)
        clock.after(Math.max(0, due - clock.now()), () => pass(waiting.shift() as Bytes))
      }
    }
    const deliver = lane(frame => {
      if (!over) events.message(frame)
    })
    const socket: Socket = dial({
      open: () => {
        if (!over) events.open()
      },
      message: deliver,
      close: end,
    })
    const send = lane(frame => {
      if (over) return
      socket.send(frame)
      const now = faults()
      if (now === undefined || chance() >= now.twice) return
      counts.twice++
      socket.send(frame)
    })
    return {
      send(frame) {
        if (!over) send(frame)
      },
      close: code => socket.close(code),
    }
  }
}
