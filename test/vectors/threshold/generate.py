#!/usr/bin/env python3
"""Known answers of one ordered pair: base transfers, seed trees, extension, multiplication.

A second computation, written from the protocol's text alone: it shares no code, library or representation with the project (own BLAKE3, own curve,
own hash-to-curve, polynomials as integers, the trees and rows written as the formulas are). Only Python 3's standard library.

    python3 generate.py > multiplication-v1.json

Randomness is draw number c of `stream(name)`: SHAKE-256("sequorum vectors " | name | u32be(c)), as many bytes as asked for.
"""
import hashlib
import json
import sys

# ---- BLAKE3 (BLAKE3 paper, section 2) --------------------------------------------------------------------------------
IV = [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19]
PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]
CHUNK_START, CHUNK_END, PARENT, ROOT, KEYED = 1, 2, 4, 8, 16
M32 = 0xFFFFFFFF


def compress(cv, words, counter, length, flags):
    v = cv[:8] + IV[:4] + [counter & M32, counter >> 32, length, flags]
    m = list(words)

    def g(a, b, c, d, x, y):
        v[a] = (v[a] + v[b] + x) & M32
        t = v[d] ^ v[a]
        v[d] = (t >> 16 | t << 16) & M32
        v[c] = (v[c] + v[d]) & M32
        t = v[b] ^ v[c]
        v[b] = (t >> 12 | t << 20) & M32
        v[a] = (v[a] + v[b] + y) & M32
        t = v[d] ^ v[a]
        v[d] = (t >> 8 | t << 24) & M32
        v[c] = (v[c] + v[d]) & M32
        t = v[b] ^ v[c]
        v[b] = (t >> 7 | t << 25) & M32

    for r in range(7):
        g(0, 4, 8, 12, m[0], m[1])
        g(1, 5, 9, 13, m[2], m[3])
        g(2, 6, 10, 14, m[4], m[5])
        g(3, 7, 11, 15, m[6], m[7])
        g(0, 5, 10, 15, m[8], m[9])
        g(1, 6, 11, 12, m[10], m[11])
        g(2, 7, 8, 13, m[12], m[13])
        g(3, 4, 9, 14, m[14], m[15])
        if r < 6:
            m = [m[i] for i in PERMUTATION]
    return [v[i] ^ v[i + 8] for i in range(8)] + [v[i + 8] ^ cv[i] for i in range(8)]


def block_words(block):
    block = block + bytes(64 - len(block))
    return [int.from_bytes(block[i : i + 4], 'little') for i in range(0, 64, 4)]


def chunk_node(data, index, key, flags):
    """The last compression of a chunk, still to be made: (cv, words, counter, length, flags)."""
    blocks = [data[i : i + 64] for i in range(0, len(data), 64)] or [b'']
    cv = key
    for i, block in enumerate(blocks):
        f = flags | (CHUNK_START if i == 0 else 0) | (CHUNK_END if i == len(blocks) - 1 else 0)
        if i == len(blocks) - 1:
            return (cv, block_words(block), index, len(block), f)
        cv = compress(cv, block_words(block), index, 64, f)[:8]


def tree_node(data, index, key, flags):
    if len(data) <= 1024:
        return chunk_node(data, index, key, flags)
    left = 1024
    while left * 2 < len(data):
        left *= 2
    a = compress(*tree_node(data[:left], index, key, flags))[:8]
    b = compress(*tree_node(data[left:], index + left // 1024, key, flags))[:8]
    return (key, a + b, 0, 64, flags | PARENT)


def blake3(data, length=32, key=None):
    words = IV if key is None else [int.from_bytes(key[i : i + 4], 'little') for i in range(0, 32, 4)]
    cv, m, _, n, flags = tree_node(data, 0, words, 0 if key is None else KEYED)
    out = b''
    counter = 0
    while len(out) < length:
        out += b''.join(w.to_bytes(4, 'little') for w in compress(cv, m, counter, n, flags | ROOT))
        counter += 1
    return out[:length]


assert blake3(b'').hex() == 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'  # BLAKE3's own test vector

# ---- secp256k1 (SEC 2) and RFC 9380, section 8.7 ---------------------------------------------------------------------
p = 2**256 - 2**32 - 977
n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798, 0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)


def ec_add(a, b):
    if a is None:
        return b
    if b is None:
        return a
    if a[0] == b[0]:
        if (a[1] + b[1]) % p == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, p)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, p)
    x = (slope * slope - a[0] - b[0]) % p
    return (x, (slope * (a[0] - x) - a[1]) % p)


def ec_neg(a):
    return (a[0], -a[1] % p)


def ec_mul(k, a):
    out = None
    while k:
        if k & 1:
            out = ec_add(out, a)
        a = ec_add(a, a)
        k >>= 1
    return out


def enc(a):
    return bytes([2 + (a[1] & 1)]) + a[0].to_bytes(32, 'big')


def dec(b):
    x = int.from_bytes(b[1:], 'big')
    y = pow(x**3 + 7, (p + 1) // 4, p)
    assert y * y % p == (x**3 + 7) % p
    return (x, y if y & 1 == b[0] & 1 else p - y)


def expand_xmd(msg, dst, length):
    dst_prime = dst + bytes([len(dst)])
    b0 = hashlib.sha256(bytes(64) + msg + length.to_bytes(2, 'big') + b'\0' + dst_prime).digest()
    blocks = [hashlib.sha256(b0 + b'\1' + dst_prime).digest()]
    while 32 * len(blocks) < length:
        mixed = bytes(x ^ y for x, y in zip(b0, blocks[-1]))
        blocks.append(hashlib.sha256(mixed + bytes([len(blocks) + 1]) + dst_prime).digest())
    return b''.join(blocks)[:length]


# RFC 9380: E' of 8.7, the 3-isogeny of appendix E.1, lowest degree first
A1, B1, Z = 0x3F8731ABDD661ADCA08A5558F0F5D272E953D363CB6F0E5D405447C01A444533, 1771, -11 % p
ISOGENY = [
    [
        0x8E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38DAAAAA8C7,
        0x07D3D4C80BC321D5B9F315CEA7FD44C5D595D2FC0BF63B92DFFF1044F17C6581,
        0x534C328D23F234E6E2A413DECA25CAECE4506144037C40314ECBD0B53D9DD262,
        0x8E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38E38DAAAAA88C,
    ],
    [
        0xD35771193D94918A9CA34CCBB7B640DD86CD409542F8487D9FE6B745781EB49B,
        0xEDADC6F64383DC1DF7C4B2D51B54225406D36B641F5E41BBC52A56612A8C6D14,
        1,
    ],
    [
        0x4BDA12F684BDA12F684BDA12F684BDA12F684BDA12F684BDA12F684B8E38E23C,
        0xC75E0C32D5CB7C0FA9D0A54B12A0A6D5647AB046D686DA6FDFFC90FC201D71A3,
        0x29A6194691F91A73715209EF6512E576722830A201BE2018A765E85A9ECEE931,
        0x2F684BDA12F684BDA12F684BDA12F684BDA12F684BDA12F684BDA12F38E38D84,
    ],
    [
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFF93B,
        0x7A06534BB8BDB49FD5E9E6632722C2989467C1BFC8E8D978DFB425D2685C2573,
        0x6484AA716545CA2CF3A70C3FA8FE337E0A3D21162F0D6299A7BF8192BFD2A76F,
        1,
    ],
]


def map_to_curve(u):
    t = Z * u * u % p
    tv = (t * t + t) % p
    x = B1 * pow(Z * A1, -1, p) if tv == 0 else -B1 * pow(A1, -1, p) * (1 + pow(tv, -1, p))
    gx = (x**3 + A1 * x + B1) % p
    if pow(gx, (p - 1) // 2, p) not in (0, 1):
        x = t * x
        gx = (x**3 + A1 * x + B1) % p
    x %= p
    y = pow(gx, (p + 1) // 4, p)
    if y & 1 != u & 1:
        y = p - y
    xn, xd, yn, yd = (sum(c * x**i for i, c in enumerate(poly)) % p for poly in ISOGENY)
    return (xn * pow(xd, -1, p) % p, y * yn * pow(yd, -1, p) % p)


def hash_to_curve(msg, dst):
    wide = expand_xmd(msg, dst, 96)
    return ec_add(*(map_to_curve(int.from_bytes(wide[i : i + 48], 'big') % p) for i in (0, 48)))


# RFC 9380, J.8.1, msg = ""
assert enc(hash_to_curve(b'', b'QUUX-V01-CS02-with-secp256k1_XMD:SHA-256_SSWU_RO_')).hex() == (
    '03c1cae290e291aee617ebaef1be6d73861479c48b841eaba9b7b5852ddfeb1346'
)


# ---- hashing and encoding --------------------------------------------------------------------------------------------
def u16(x):
    return x.to_bytes(2, 'big')


def u32(x):
    return x.to_bytes(4, 'big')


def H(tag, parts, length=32):
    tag = b'sequorum/v1/' + tag.encode()
    return blake3(u32(len(tag)) + tag + b''.join(u32(len(x)) + x for x in parts), length)


def Hs(tag, parts):
    return int.from_bytes(H(tag, parts, 48), 'big') % n


def bit(b, i):
    return b[i >> 3] >> (i & 7) & 1


def xor(*items):
    out = items[0]
    for item in items[1:]:
        out = bytes(x ^ y for x, y in zip(out, item, strict=True))
    return out


def pack(bits):
    out = bytearray(len(bits) // 8)
    for i, x in enumerate(bits):
        out[i >> 3] |= x << (i & 7)
    return bytes(out)


def stream(name):
    count = 0

    def draw(length):
        nonlocal count
        out = hashlib.shake_256(b'sequorum vectors ' + name.encode() + u32(count)).digest(length)
        count += 1
        return out

    return draw


def scalar(draw):
    while True:
        x = int.from_bytes(draw(32), 'big')
        if 0 < x < n:
            return x


def s32(x):
    return x.to_bytes(32, 'big')


def sha(data):
    return hashlib.sha256(data).hexdigest()


# ---- base transfers --------------------------------------------------------------------------------------------------
otsid = hashlib.sha256(b'otsid').digest()
y = scalar(stream('sender key'))
A = ec_mul(y, G)


def HP(i, b, point):
    return hash_to_curve(enc(point), b'sequorum/v1/bot/popf' + otsid + u32(i) + bytes([b]))


def KDF(i, b, S, phi0, phi1):
    return H('bot/kdf', [otsid, enc(A), u32(i), u32(b), enc(S), enc(phi0), enc(phi1)], 16)


draw = stream('base transfer')
choices = draw(16)
blinds = [scalar(draw) for _ in range(128)]
decoys = [scalar(draw) for _ in range(128)]
bot_message, receiver_keys, sender_keys = b'', [], []
for i in range(128):
    c = bit(choices, i)
    phi = [None, None]
    phi[1 - c] = ec_mul(decoys[i], G)
    phi[c] = ec_add(ec_mul(blinds[i], G), ec_neg(HP(i, c, phi[1 - c])))
    bot_message += enc(phi[0]) + enc(phi[1])
    receiver_keys.append(KDF(i, c, ec_mul(blinds[i], A), *phi))
    M = [ec_add(phi[b], HP(i, b, phi[1 - b])) for b in (0, 1)]
    sender_keys.append([KDF(i, b, ec_mul(y, M[b]), *phi) for b in (0, 1)])
    assert sender_keys[i][c] == receiver_keys[i]

# ---- seed trees ------------------------------------------------------------------------------------------------------
K, Kleaf = H('ggm-key', [otsid]), H('leaf-key', [otsid])
pprf_message, leaves, positions = b'', [], []
for t in range(32):
    nodes = list(sender_keys[4 * t])
    for d in (1, 2, 3):
        children = [blake3(s + u16(t) + bytes([d]), 32, K) for s in nodes]
        lefts, rights = [x[:16] for x in children], [x[16:] for x in children]
        pprf_message += xor(*lefts, sender_keys[4 * t + d][0]) + xor(*rights, sender_keys[4 * t + d][1])
        nodes = [x for pair in zip(lefts, rights) for x in pair]
    proofs = [blake3(s + u16(t) + u16(leaf), 32, Kleaf) for leaf, s in enumerate(nodes)]
    pprf_message += xor(*proofs) + H('ggm-check', [otsid, u32(t), *proofs])
    leaves.append(nodes)
    positions.append(sum((1 - bit(choices, 4 * t + d)) << (3 - d) for d in range(4)))
delta = pack([positions[t] >> b & 1 for t in range(32) for b in range(4)])
bob_leaves = b''.join(x for tree in leaves for x in tree)
alice_leaves = b''.join(bytes(16) if i == positions[t] else x for t, tree in enumerate(leaves) for i, x in enumerate(tree))

# ---- extension, both sides -------------------------------------------------------------------------------------------
pair_context = hashlib.sha256(b'pair context').digest()
view = hashlib.sha256(b'view').digest()
draw = stream('bob')
n_B, x = draw(32), draw(110)
salt = H('ext-salt', [pair_context, n_B])
Ks = H('ext-key', [salt])
R = [[blake3(s + u16(t) + u16(leaf), 110, Ks) for leaf, s in enumerate(tree)] for t, tree in enumerate(leaves)]
zero = bytes(110)
u = b''.join(xor(*R[t], x) for t in range(32))
v = [xor(zero, *(R[t][leaf] for leaf in range(16) if leaf >> b & 1)) for t in range(32) for b in range(4)]
w = []
for t in range(32):
    for b in range(4):
        D = positions[t]
        terms = [R[t][leaf] for leaf in range(16) if leaf != D and (leaf ^ D) >> b & 1]
        w.append(xor(zero, *terms, *([u[110 * t : 110 * (t + 1)]] if D >> b & 1 else [])))
for row in range(128):
    assert w[row] == (xor(v[row], x) if bit(delta, row) else v[row])


def gf_mul(a, b):
    out = 0
    while b:
        if b & 1:
            out ^= a
        b >>= 1
        a <<= 1
        if a >> 128:
            a ^= 1 << 128 | 0x87
    return out


chi_bytes = H('ext-chi', [salt, u], 96)
ext_chi = [int.from_bytes(chi_bytes[i : i + 16], 'little') for i in range(0, 96, 16)]


def row_hash(row):
    out = int.from_bytes(row[94:], 'little')
    body = row[:94] + bytes(2)
    for j in range(6):
        out ^= gf_mul(ext_chi[j], int.from_bytes(body[16 * j : 16 * j + 16], 'little'))
    return out.to_bytes(16, 'little')


E = n_B + u + row_hash(x) + H('ext-t', [salt, *(row_hash(row) for row in v)])

# ---- multiplication, both sides --------------------------------------------------------------------------------------
m = 752
draw = stream('alice')
n_A = draw(32)
alpha = [scalar(draw) for _ in range(3)]
Kp = H('pad-key', [salt, n_A, view])


def pad(j, column):
    out = blake3(u32(j) + column, 96, Kp)
    return [int.from_bytes(out[i : i + 32], 'big') % n for i in (0, 32, 64)]


col_A = [pack([bit(row, j) for row in w]) for j in range(m)]
col_B = [pack([bit(row, j) for row in v]) for j in range(m)]
P0 = [pad(j, col_A[j]) for j in range(m)]
P1 = [pad(j, xor(col_A[j], delta)) for j in range(m)]
Q = [[(P0[j][c] - P1[j][c] + alpha[c]) % n for c in range(3)] for j in range(m)]
Q_bytes = b''.join(s32(q) for row in Q for q in row)
ctx = H('vole-ctx', [pair_context, view, salt, n_A])
hE = H('vole-E', [E])
chi = [Hs('vole-chi', [ctx, hE, H('vole-Q', [Q_bytes]), u32(i)]) for i in (1, 2)] + [1]


def dot(a, b):
    return sum(i * j for i, j in zip(a, b, strict=True)) % n


hU = H('vole-u', [ctx, *(s32(dot(row, chi)) for row in P0)])
msg = n_A + Q_bytes + hU + s32(dot(alpha, chi))
seed = H('vole-g', [ctx, hE, H('vole-msg', [msg])])
wide = blake3(b'', 48 * m, seed)
g = [int.from_bytes(wide[48 * j : 48 * j + 48], 'big') % n for j in range(m)]
t_out = [-dot(g, [row[c] for row in P0]) % n for c in (0, 1)]

own = [pad(j, col_B[j]) for j in range(m)]
Rj = [[(own[j][c] + bit(x, j) * Q[j][c]) % n for c in range(3)] for j in range(m)]
assert hU == H('vole-u', [ctx, *(s32((dot(Rj[j], chi) - bit(x, j) * dot(alpha, chi)) % n) for j in range(m))])
beta = sum(bit(x, j) * g[j] for j in range(m)) % n
d_out = [dot(g, [row[c] for row in Rj]) for c in (0, 1)]
for c in (0, 1):
    assert (t_out[c] + d_out[c] - alpha[c] * beta) % n == 0

json.dump(
    {
        'about': 'One ordered pair, from base transfers to the product. Made by generate.py; see README.md. Long values as SHA-256.',
        'otsid': otsid.hex(),
        'pairContext': pair_context.hex(),
        'view': view.hex(),
        'hash': {'tag': 'vole-ctx', 'parts': ['', '00ff'], 'length': 48, 'output': H('vole-ctx', [b'', b'\x00\xff'], 48).hex()},
        'baseTransfers': {
            'senderKey': enc(A).hex(),
            'choices': choices.hex(),
            'message': sha(bot_message),
            'firstPair': bot_message[:66].hex(),
            'receiverKeys': sha(b''.join(receiver_keys)),
            'senderKeys': sha(b''.join(k for pair in sender_keys for k in pair)),
            'lastPairKeys': [k.hex() for k in sender_keys[127]],
        },
        'trees': {
            'message': sha(pprf_message),
            'firstTree': pprf_message[:160].hex(),
            'delta': delta.hex(),
            'bobLeaves': sha(bob_leaves),
            'aliceLeaves': sha(alice_leaves),
        },
        'extension': {
            'message': sha(E),
            'nonce': n_B.hex(),
            'u': sha(u),
            'xHat': row_hash(x).hex(),
            'checkHash': E[-32:].hex(),
            'choices': x[:94].hex(),
            'columnsBob': sha(b''.join(col_B)),
            'columnsAlice': sha(b''.join(col_A)),
        },
        'multiplication': {
            'message': sha(msg),
            'firstCorrection': Q_bytes[:96].hex(),
            'productsHash': hU.hex(),
            'v': s32(dot(alpha, chi)).hex(),
            'gadgetSeed': seed.hex(),
            'lastGadget': s32(g[-1]).hex(),
            'alpha': [s32(a).hex() for a in alpha[:2]],
            't': [s32(a).hex() for a in t_out],
            'beta': s32(beta).hex(),
            'd': [s32(a).hex() for a in d_out],
        },
    },
    sys.stdout,
    indent=2,
)
print()
