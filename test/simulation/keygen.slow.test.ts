import { describe, expect, it } from 'vitest'
import { createWorld, seedOf } from './world.ts'

describe('a member is lost in key generation and comes back', () => {
  for (const how of ['dies', 'hangs'] as const)
    for (const seat of [1, 3])
      for (const round of ['R1', 'R2', 'R3', 'R4', 'R5'])
        it(`${how}: member ${seat} in ${round}`, async () => {
          const world = await createWorld({ seed: seedOf(`keygen ${how} ${seat} ${round}`), n: 3, t: 2, keygen: true })
          let lost = false
          world.probe.ceremony = (who, reached) => {
            if (who !== seat || reached !== round) return
            lost = true
            world.probe = {}
            if (how === 'dies') world.machine(seat).crash()
            else world.machine(seat).hang()
            world.time.after(3_000, () => void world.machine(seat).start())
          }
          await world.start()
          await world.transact(3)
          await world.untilBatches(1, 40_000)
          expect(lost).toBe(true)
          await world.untilSettled()
          const accounts = world.machines.map(({ member }) => member?.report().account)
          expect(new Set(accounts).size).toBe(1)
        }, 120_000)
})
