import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { RedisHost } from '../lib/address.ts'

const SLOTS = 16_384
const POLYNOMIAL = 0x1021

/** CRC-16/XMODEM of each byte. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc & 0x8000 ? POLYNOMIAL : 0)
  return crc
})

/** What of a name decides: what is between its first braces when that is something, or else all of it. */
function deciding(name: string): string {
  const open = name.indexOf('{')
  const close = open < 0 ? -1 : name.indexOf('}', open)
  return close > open + 1 ? name.slice(open + 1, close) : name
}

/**
 * The slot of a key or a channel in a Redis Cluster (Redis Cluster specification, "Key distribution model" and "Hash tags"). The package
 * `cluster-key-slot` gives another one for names such as `a{}b{c}`, and a user id may contain that.
 */
export function clusterSlot(name: string): number {
  let crc = 0
  for (const byte of Buffer.from(deciding(name))) crc = ((crc << 8) ^ (TABLE[(crc >> 8) ^ byte] ?? 0)) & 0xffff
  return crc % SLOTS
}

/** The masters of a cluster. */
export interface SlotMap {
  readonly masters: readonly RedisHost[]
  /** The index in `masters` of the owner of each slot; nothing for a slot that nobody has. */
  readonly ownerOf: readonly (number | undefined)[]
}

const reply = z.array(
  z.tuple([z.int(), z.int(), z.tuple([z.string().nullable(), z.int()]).rest(z.unknown())]).rest(z.unknown()),
)

/** Asks a server which master has which slot. `asked`: where it is, for one that does not know its own address. */
export async function readSlots(client: Redis, asked: RedisHost): Promise<SlotMap> {
  const masters: RedisHost[] = []
  const ownerOf: number[] = []
  for (const [first, last, [name, port]] of reply.parse(await client.call('CLUSTER', 'SLOTS'))) {
    const host = name || asked.host
    const found = masters.findIndex((master) => master.host === host && master.port === port)
    const owner = found < 0 ? masters.push({ host, port }) - 1 : found
    for (let slot = first; slot <= last; slot += 1) ownerOf[slot] = owner
  }
  return { masters, ownerOf }
}
