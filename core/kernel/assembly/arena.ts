/**
 * Scratch that multiplications share: never in use by two of them at once, zeroed before an export returns. Each says how much of it from the start
 * it uses.
 */

/** Bytes of the arena. */
export const ARENA_BYTES: usize = 45056

/** Start of the arena. */
export const ARENA: usize = memory.data(45056, 16)
