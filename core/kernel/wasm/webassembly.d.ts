/** What this folder uses of the WebAssembly API: it is in every platform, but not in the types of the language. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module)
    readonly exports: Readonly<Record<string, unknown>>
  }
  /** A trap. */
  class RuntimeError extends Error {}
  /** Bytes that this platform does not run, or is not allowed to. */
  class CompileError extends Error {}
  function validate(bytes: Uint8Array): boolean
}
