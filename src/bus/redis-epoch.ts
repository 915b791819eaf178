import type { Redis } from 'ioredis'

/**
 * Whether the nodes of this prefix stand on the database with this epoch: the first node says which one it is, and says it
 * again when Redis has forgotten it. Rejects when Redis does not answer.
 */
export const sharesDatabase = async (client: Redis, prefix: string, epoch: string): Promise<boolean> => {
  const key = `${prefix}epoch`
  const say = () => client.set(key, epoch, 'NX')
  await say()
  const isShared = (await client.get(key)) === epoch
  if (isShared) client.on('ready', () => void say().catch(() => {}))
  return isShared
}
