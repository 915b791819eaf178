import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRunScript, readScript } from '../../src/redis/redis-scripts.ts'
import { newPrefix, useRedis, useRedisClient } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

const client = useRedisClient(useRedis())

/** A folder with files of Lua. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.lua`), text)
  return folder
}

test('a script is what its files say, one behind the other', async () => {
  const folder = folderOf({
    first: '-- Begins it.\nlocal sum = 1\n',
    second: '  -- Ends it.\n  return sum + ARGV[1]\n',
  })
  const run = createRunScript(client(), [newPrefix()], 'A sum')
  expect(await run(readScript(folder, 'first', 'second'), [41])).toBe(42)
})

test('comments are not sent, and lines keep their numbers', () => {
  const { lua } = readScript(folderOf({ one: '-- What it is for.\nif true then\n  -- Why.\n  return 1\nend\n' }), 'one')
  expect(lua).toBe('\nif true then\n\nreturn 1\nend\n')
})

test('a file that is not there is an error at once', () => {
  expect(() => readScript(folderOf({}), 'missing')).toThrow('missing.lua')
})
