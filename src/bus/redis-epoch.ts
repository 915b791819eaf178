import type { Redis } from 'ioredis'

/**
 * Whether the nodes of this prefix stand on the database with this epoch: the first node says which one it is. Rejects when
 * Redis does not answer.
 */
export const sharesDatabase = async (client: Redis, prefix: string, epoch: string): Promise<boolean> => {
  const key = `${prefix}epoch`
  await client.set(key, epoch, 'NX')
  return (await client.get(key)) === epoch
}
