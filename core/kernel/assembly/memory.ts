/** The module's memory beyond its static data belongs to the caller, who allocates there (core/kernel/wasm/memory.ts). */

/** First free byte after the static data. */
export function heap_base(): usize {
  return __heap_base
}
