/** Everything that the module exports. */
export * from './memory'
