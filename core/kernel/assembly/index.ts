/** Everything that the module exports. */
export * from './memory'
export * from './inverse'
export * from './scalar'
export * from './vectors'
export * from './steps'
export { ec_base, ec_combine_public, ec_init, ec_is_product, ec_negate, ec_sum_public, ec_times, ec_times_same, ec_validate } from './ec'
export { bot_receive, bot_send, ec_hash_to_curve, ec_map_to_curve } from './base-ot'
