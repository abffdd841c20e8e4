/** Everything that the module exports. */
export * from './memory'
export * from './inverse'
export * from './scalar'
export * from './vectors'
export * from './steps'
