import { describe, expect, test } from 'vitest'
import { isPoolError } from '../errors.ts'
import { LENGTHS, SHAPE } from '../kernel/index.ts'
import { checkParameters, checkShape, MESSAGE_LENGTHS, messageLengths, PARAMETERS, type Parameters } from './parameters.ts'

const violated = (run: () => void): unknown => {
  try {
    run()
    return 'none'
  } catch (error) {
    return isPoolError(error, 'internal') ? error.context.parameter : error
  }
}

describe('parameters', () => {
  test('are those of version 1', () => {
    expect(PARAMETERS).toEqual({
      kappa: 256,
      computational: 128,
      statistical: 80,
      transfers: 752,
      payloads: 2,
      masks: 1,
      columns: 3,
      baseOts: 128,
      treeDepth: 4,
      trees: 32,
      leavesPerTree: 16,
      sacrificed: 128,
      seedBytes: 16,
      hashBytes: 32,
    })
  })

  test('message lengths', () => {
    expect(MESSAGE_LENGTHS).toEqual({ baseOt: 8448, pprf: 5120, extension: 3600, vole: 72_288 })
    expect(messageLengths({ ...PARAMETERS, transfers: 696 }).vole).toBe(66_912)
  })

  // what one drift of a constant breaks; 416, 512 and 256 rows are in use elsewhere
  test.each([
    [{ transfers: 416 }, 'm >= kappa'],
    [{ transfers: 512 }, 'm >= kappa'],
    [{ transfers: 256 }, 'm >= kappa'],
    [{ transfers: 744 }, 'm >= kappa'],
    [{ transfers: 751 }, 'm >= kappa'],
    [{ transfers: 753 }, 'whole bytes'],
    [{ statistical: 81 }, 'm >= kappa'],
    [{ statistical: 60 }, '80 bits'],
    [{ kappa: 255 }, 'size of the curve order'],
    [{ masks: 0 }, 'mask'],
    [{ payloads: 3 }, 'columns'],
    [{ columns: 2 }, 'columns'],
    [{ baseOts: 64 }, 'lambda bits'],
    [{ treeDepth: 2 }, 'trees cover'],
    [{ leavesPerTree: 8 }, 'trees cover'],
    [{ trees: 31 }, 'trees cover'],
    [{ sacrificed: 80 }, 'extension check'],
    [{ seedBytes: 8 }, 'seeds'],
    [{ hashBytes: 16 }, 'hashes'],
  ] satisfies readonly [Partial<Parameters>, string][])('%o is refused', (change, rule) => {
    expect(violated(() => checkParameters({ ...PARAMETERS, ...change }))).toContain(rule)
  })

  test('one mask column stops sufficing when m outgrows it', () => {
    expect(violated(() => checkParameters({ ...PARAMETERS, transfers: 2 ** 65 }))).toContain('one mask column')
  })

  test('a kernel of another shape is refused', () => {
    for (const key of Object.keys(SHAPE) as (keyof typeof SHAPE)[])
      expect(violated(() => checkShape(PARAMETERS, { ...SHAPE, [key]: SHAPE[key] + 8 }, LENGTHS))).toContain('kernel')
    for (const key of ['baseOt', 'trees', 'extension', 'multiplication'] as const)
      expect(violated(() => checkShape(PARAMETERS, SHAPE, { ...LENGTHS, [key]: LENGTHS[key] + 1 }))).toContain('kernel')
    expect(violated(() => checkShape(PARAMETERS, SHAPE, LENGTHS))).toBe('none')
  })
})
