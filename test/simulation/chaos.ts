/** Seeded random faults over a whole pool for a while; then everything heals, and nothing may be lost or doubled. */
import { seededFraction, seededRandom } from '../support/random.ts'
import { createWorld, type World, type WorldOptions } from './world.ts'

export interface ChaosOptions extends WorldOptions {
  /** ms of virtual time with faults. */
  readonly duration: number
  /** Also reorganise L1, up to this depth. */
  readonly reorgDepth?: number
}

/** Runs it; throws what the world throws. Resolves with what was done, for the curious. */
export async function runChaos(options: ChaosOptions): Promise<{ readonly world: World; readonly faults: readonly string[] }> {
  const skew = seededRandom(`${options.seed} skew`)
  const skews = new Map<number, number>()
  for (let seat = 1; seat <= options.n; seat++) skews.set(seat, Math.floor((seededFraction(skew) - 0.5) * 1_600))
  const world = await createWorld({ clockSkew: seat => skews.get(seat) ?? 0, ...options })
  const { time, relay, l1, chance } = world
  const faults: string[] = []
  const until = time.now() + options.duration
  const between = (least: number, most: number): number => Math.floor(least + chance() * (most - least))
  const pick = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)] as T

  function fault(): void {
    const dice = chance()
    const { seat } = pick(world.machines)
    const machine = world.machine(seat)
    const pause = between(200, 15_000)
    if (dice < 0.25) {
      faults.push(`drop ${seat}`)
      relay.drop(seat)
    } else if (dice < 0.6) {
      if (!machine.running) return
      faults.push(`lose ${seat} for ${pause}`)
      if (chance() < 0.7) machine.crash()
      else machine.hang()
      time.after(pause, () => void machine.start())
    } else if (dice < 0.75) {
      if (!relay.up) return
      faults.push(`relay down for ${pause}`)
      relay.crash()
      time.after(pause, () => relay.start())
    } else if (dice < 0.85) {
      faults.push(`slow for ${pause}`)
      world.slowness = between(200, 3_000)
      time.after(pause, () => {
        world.slowness = 0
      })
    } else if (dice < 0.93) {
      faults.push(`L1 silent for ${pause}`)
      world.l1Failing = true
      time.after(pause, () => {
        world.l1Failing = false
      })
    } else if (dice < 0.97) {
      const lag = between(0, 4)
      faults.push(`L1 of ${seat} behind by ${lag}`)
      world.l1Lag.set(seat, lag)
    } else if (options.reorgDepth !== undefined) {
      const depth = between(1, options.reorgDepth + 1)
      if (depth > l1.head.number - l1.finalized) return
      faults.push(`reorg ${depth}`)
      l1.reorg(depth)
    }
  }

  /** Also a crash between two disk writes, which no timer would hit. */
  world.probe.writing = (seat, record) => {
    if (time.now() < until && chance() < 0.01) {
      faults.push(`lose ${seat} before a write of height ${record.height}`)
      world.machine(seat).crash()
      time.after(between(200, 15_000), () => void world.machine(seat).start())
    }
  }
  world.probe.written = (seat, record) => {
    if (time.now() < until && chance() < 0.01) {
      faults.push(`lose ${seat} after a write of height ${record.height}`)
      world.machine(seat).crash()
      time.after(between(200, 15_000), () => void world.machine(seat).start())
    }
  }

  await world.start()
  while (time.now() < until) {
    const next = between(300, 6_000)
    await world.transact(between(0, 4))
    await world.pass(next)
    fault()
  }
  world.l1Lag.clear()
  await world.pass(20_000)
  await world.transact(2)
  await world.untilSettled()
  return { world, faults }
}
