/**
 * The compiled kernel, 60 bytes in base64. Made by `npm run build:kernel` from core/kernel/assembly; do not edit.
 * @module
 */
export const MODULE =
  'AGFzbQEAAAABBQFgAAF/AwIBAAUGAQGACIAIBxYCCWhlYXBfYmFzZQAABm1lbW9yeQIACgcBBQBBgAgL'
