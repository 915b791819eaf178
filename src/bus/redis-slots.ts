import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { RedisHost } from '../lib/address.ts'

const SLOTS = 16_384
const POLYNOMIAL = 0x1021

/** CRC-16/XMODEM of each possible byte. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc & 0x8000 ? POLYNOMIAL : 0)
  return crc
})

/** The part of a name that decides its slot: the hash tag between its first braces, or the whole name when there is none or it is empty. */
function deciding(name: string): string {
  const open = name.indexOf('{')
  const close = open < 0 ? -1 : name.indexOf('}', open)
  return close > open + 1 ? name.slice(open + 1, close) : name
}

/**
 * The slot of a key or a channel in a Redis Cluster, from 0 to 16383 (Redis Cluster specification, "Key distribution model" and "Hash
 * tags"). The package `cluster-key-slot` is not used, because it is wrong for names such as `a{}b{c}`, which a user id may contain.
 */
export function clusterSlot(name: string): number {
  let crc = 0
  for (const byte of Buffer.from(deciding(name))) crc = ((crc << 8) ^ (TABLE[(crc >> 8) ^ byte] ?? 0)) & 0xffff
  return crc % SLOTS
}

/** The masters of a Redis Cluster, and the slots of each. */
export interface SlotMap {
  readonly masters: readonly RedisHost[]
  /** By slot: the index in `masters` of the master that has it; undefined when none has it. */
  readonly ownerOf: readonly (number | undefined)[]
}

const reply = z.array(
  z.tuple([z.int(), z.int(), z.tuple([z.string().nullable(), z.int()]).rest(z.unknown())]).rest(z.unknown()),
)

/** Asks a server which master has which slot. `asked` is the address of that server, for when it does not know its own. */
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
