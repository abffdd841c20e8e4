/**
 * Threshold ECDSA for secp256k1: t of n members sign, no one ever holds the key (DKLs family, "2+2" rounds).
 * @module
 */
export { accountAddress } from './account.ts'
export { activate, type KeyCertificate, keyCertificateCodec, keyCertificateOf, verifyCertificates } from './certificate.ts'
export { ACCOUNTS, type AccountName, type DerivedAccount, derive, parsePath, pathText } from './derive.ts'
export { type Erasure, type ErasureClaim, type ErasureReason, erasureCodec, proveErasure, verifyErasure } from './erasure.ts'
export { keygen } from './keygen.ts'
export { preprocess } from './preprocess.ts'
export { refresh } from './refresh.ts'
export { type ReshareInput, reshare } from './reshare.ts'
export { burnPeer, type KeyPublic, KeyShare } from './share.ts'
export { decodeShare, encodeShare, sealingKey } from './share-codec.ts'
export { requestId, type SignRequest, sign } from './sign.ts'
export { type Signature, serializeSignature, verifySignature } from './signature.ts'
export { type ExportInput, exportKey, type ImportInput, importKey } from './transfer.ts'
export { Tuple } from './tuple.ts'
