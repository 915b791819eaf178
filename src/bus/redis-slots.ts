import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { RedisHost } from '../lib/address.ts'

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
export const readSlots = async (client: Redis, asked: RedisHost): Promise<SlotMap> => {
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
